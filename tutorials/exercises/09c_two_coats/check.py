"""Dropout twice: independent, reproducible, and with the mean it should have."""

import numpy as np

from alicuda import Tensor
from alicuda.tutor import require

FUNCTIONS = ["two_coats(x, p, seed, step)"]
HINTS = {"wrong_result": "a draw has a name: seed, stream, step. Which names do your two draws have?"}


def check(answer):
    def made(p, seed, step):
        got = answer.two_coats(Tensor(np.ones((100, 100), np.float32)), p, seed, step)
        require(isinstance(got, Tensor), f"two_coats gives {type(got).__name__}, not a Tensor.")
        return got.numpy()

    for p in (0.5, 0.2):
        y = made(p, 1, 2)
        alive, wanted = (y != 0).mean(), (1 - p) ** 2
        # 10,000 numbers: the share is off by 0.005 or less, mostly; 0.03 is far outside of luck.
        require(abs(alive - wanted) < 0.03, f"With p = {p} a share of {alive:.3f} survives; it should be {wanted:.3f}.")
        scale, right = y[y != 0].mean(), 1 / wanted
        require(np.isclose(scale, right), f"With p = {p} the survivors are times {scale:.3f}, not {right:.3f}.")
        require(np.array_equal(made(p, 1, 2), y), "The same seed and step give another result the second time.")
        require(not np.array_equal(made(p, 1, 3), y), "Another step gives the same result.")
        require(not np.array_equal(made(p, 2, 2), y), "Another seed gives the same result.")
