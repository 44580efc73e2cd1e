"""White pixels where the word of an element is below a threshold, four elements a thread."""

import numpy as np

from alicuda.philox import words
from alicuda.tutor import Launch, empty, random

KERNEL = (
    "salt(const float* x, float* y, int size, unsigned threshold, unsigned long long seed, unsigned stream, "
    "const long long* step)"
)
HINTS = {
    "wrong_result": "element i has word i % 4 of the call for i / 4. Which four elements are thread t's?",
    "out_of_bounds": "the last thread may have fewer than four elements.",
    "unwritten": "each thread has four elements, the first of which is 4 times the thread's number.",
    "race": "elements 4t to 4t + 3 belong to thread t and to nobody else.",
}


def launches():
    for size, threshold, *name in [(9, 2**31, 4, 0, 0), (195, 2**30, 2**40 + 3, 2, 7), (256, 2**31, 5, 1, 9)]:
        seed, stream, step = name
        x = random(size, seed=size)
        y = np.where(words(seed, stream, step, 0, size) < threshold, 1, x)
        arguments = (x, empty(size), size, threshold, seed, stream, np.array([step], np.int64))
        yield Launch(-(-size // 256), 64, arguments, expected={"y": y})
