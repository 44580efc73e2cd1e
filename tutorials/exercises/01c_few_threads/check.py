"""A leaky ReLU in a loop over the grid: fewer threads than numbers."""

import numpy as np

from alicuda.tutor import Launch, empty, random

KERNEL = "few(const float* x, float* z, int size, float slope)"
SLOPE = 0.1
HINTS = {
    "unwritten": "there are fewer threads than numbers. What does a thread do after its first number?",
    "race": "a step of T, the threads of the whole grid, leads from a thread's number to one that nobody else has.",
    "out_of_bounds": "what ends the loop of the last thread?",
}


def launches():
    for grid, block, size in [(2, 32, 1), (2, 32, 31), (2, 32, 196), (3, 64, 1000), (2, 32, 1000)]:
        x = random(size, seed=size)
        wanted = np.where(x > 0, x, np.float64(SLOPE) * x)
        yield Launch(grid, block, (x, empty(size), size, SLOPE), expected={"z": wanted})
