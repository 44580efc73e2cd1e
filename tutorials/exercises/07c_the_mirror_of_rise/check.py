"""The transpose of a difference, held to the equation and then number by number."""

import numpy as np

from alicuda.tutor import random, require, same

FUNCTIONS = ["mirror(d)"]
HINTS = {
    "wrong_result": "turn up one number x[i]: which numbers of rise(x) move, and which way?",
    "out_of_bounds": "the last number has no neighbour on its right.",
}


def check(answer):
    for size in (3, 16, 1, 7):
        x, d = random(size, seed=size).astype(float), random(size, seed=size + 1).astype(float)
        matrix = np.eye(size) - np.eye(size, k=-1)  # rise(x) = matrix @ x
        got = answer.mirror(d.copy())
        if np.shape(got) == (size,):
            left, right = (matrix @ x) @ d, x @ np.asarray(got, float)
            sides = f"(rise(x) * d).sum() is {left:.4f}, and (x * mirror(d)).sum() is {right:.4f}"
            require(np.isclose(left, right), f"With {size} numbers the equation does not hold: {sides}.")
        same(f"mirror of {size} numbers", got, matrix.T @ d)
