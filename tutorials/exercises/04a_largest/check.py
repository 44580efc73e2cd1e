"""The largest number of each block: what spare threads bring, a barrier a round, places side by side."""

import numpy as np

from alicuda.tutor import Launch, barriers, empty, random, ways

KERNEL = "largest(const float* x, float* y, int n)"


def launches():
    for n, scale in ((64, 1), (100, 1), (1, 3e37), (200, 1)):  # far below 0 as well: no number at will is small enough
        x = (random(n, seed=n) - np.float32(5)) * np.float32(scale)  # all of them negative
        blocks = -(-n // 64)
        wanted = [x[64 * b : 64 * b + 64].max() for b in range(blocks)]
        yield Launch(blocks, 64, (x, empty(blocks), n), expected={"y": np.array(wanted)})


MEASURED = [ways(1), barriers()]
HINTS = {
    "race": "what is read in a round was written by another thread, one round ago. Where do they wait for each other?",
    "wrong_result": "all numbers are below 0 here, some far. Which number came out, and who brought it?",
}
