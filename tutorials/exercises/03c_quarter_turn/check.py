"""A quarter turn: a tile with padding, 4 sectors on both sides and no bank conflict."""

import numpy as np

from alicuda.tutor import Launch, empty, random, sectors, ways

KERNEL = "quarter_turn(const float* x, float* y, int R, int C)"


def launches():
    for R, C in ((1, 5), (35, 33), (32, 64)):
        x = random(R, C, seed=C)
        grid = (-(-C // 32), -(-R // 32))
        yield Launch(grid, (32, 32), (x, empty((C, R)), R, C), expected={"y": np.rot90(x, -1)})


MEASURED = [sectors(4), ways(1)]
