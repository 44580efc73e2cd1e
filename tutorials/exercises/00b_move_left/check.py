"""A filter of one 1: the pixel on the right of the middle."""

import numpy as np

import alicuda
from alicuda.tutor import random, require, same

FUNCTIONS = ["move_left()"]
HINTS = {"wrong_result": "which of the nine pixels under the window should be seen in its middle?"}
MOVES = {
    "nowhere": (1, 1), "to the right": (1, 0), "up": (2, 1), "down": (0, 1), "down and to the right": (0, 0),
    "down and to the left": (0, 2), "up and to the right": (2, 0), "up and to the left": (2, 2),
}  # fmt: skip


def check(answer):
    w = np.asarray(answer.move_left(), np.float32)
    require(w.shape == (3, 3, 1, 1), f"The filter has the shape {w.shape}, not (3, 3, 1, 1).")
    for where, (r, s) in MOVES.items():
        other = np.zeros((3, 3, 1, 1))
        other[r, s] = 1
        require(not np.array_equal(w, other), f"Your filter moves a picture {where}.")
    x = random(1, 6, 8, 1, seed=0)
    same("The moved picture", alicuda.conv2d(x, w).numpy(), x[:, 1:-1, 2:], rtol=1e-5, atol=1e-6)
