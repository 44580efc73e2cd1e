"""The mean of three neighbours: a row in shared memory, its edges, and one barrier."""

import numpy as np

from alicuda.tutor import Launch, barriers, bytes_moved, empty, random

KERNEL = "blur(const float* x, float* y, int size)"


def launches():
    for size in (1, 63, 65, 130, 512):
        x = random(size, seed=size)
        padded = np.pad(x.astype(float), 1)
        y = (padded[:-2] + padded[1:-1] + padded[2:]) / 3
        yield Launch(-(-size // 64), 64, (x, empty(size), size), expected={"y": y})


MEASURED = [bytes_moved(enough=5056), barriers()]  # enough: what a loop over all 66 moves
HINTS = {
    "race": "a thread takes what its neighbours have laid down. When may it?",
    "wrong_result": "the first and the last thread of a block: who brings what they need from beyond the block?",
    "too_many_bytes": "who else has fetched the number that your thread fetches?",
}
