"""The op square: its value, and the library's own gradient check."""

import numpy as np

import alicuda
from alicuda.finite_differences import check_gradient
from alicuda.tutor import require, same

FUNCTIONS = ["square(x)"]
HINTS = {"wrong_result": "turn up x a little: how many times faster does x² move?"}


def check(answer):
    x = np.random.default_rng(0).standard_normal((3, 4))
    result = answer.square(alicuda.Tensor(x))
    require(isinstance(result, alicuda.Tensor), f"square(x) gives {type(result).__name__}, not a Tensor.")
    same("square(x)", result, x**2)
    report = check_gradient(answer.square, [x])
    require(report.passed, f"The library's gradient check says: {report}")
