"""The filter that does what two filters do one after the other."""

import numpy as np

import alicuda
from alicuda.tutor import random, require, same

FUNCTIONS = ["both(v, w)"]
HINTS = {
    "wrong_result": "which elements of the first result does one of the second look at? At which pixels do these?",
    "out_of_bounds": "how many rows and columns must the larger filter have?",
}


def check(answer):
    for first, second in [((3, 3), (3, 3)), ((2, 3), (4, 1)), ((1, 1), (1, 1))]:
        v, w, x = random(*first, seed=1), random(*second, seed=2), random(1, 9, 10, 1, seed=3)
        one = np.asarray(answer.both(v, w))
        what = f"both(v, w) for v of {first[0]} x {first[1]} and w of {second[0]} x {second[1]}"
        size = tuple(a + b - 1 for a, b in zip(first, second, strict=True))
        require(one.shape == size, f"{what} has the shape {one.shape}, not {size}.")
        step = alicuda.conv2d(x, v.reshape(*first, 1, 1))
        wanted = alicuda.conv2d(step, w.reshape(*second, 1, 1)).numpy()
        got = alicuda.conv2d(x, one.astype(np.float32).reshape(*size, 1, 1)).numpy()
        same(f"With {what}, the second result", got[0, :, :, 0], wanted[0, :, :, 0], rtol=1e-4, atol=1e-5)
