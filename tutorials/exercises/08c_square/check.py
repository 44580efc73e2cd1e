"""The op square: its value, and the library's own gradient check."""

import numpy as np

import alicuda
from alicuda.finite_differences import check_gradient
from alicuda.tutor import require, same

FUNCTIONS = ["square(x)"]
TENSOR = "The backward gives a Tensor, and the library wants an array: dy is an array, but x is a Tensor."
HINTS = {
    "no_array": "where does the forward part take its numbers from? x.array",
    "wrong_result": "turn up x a little: how many times faster does x² move?",
}


def check(answer):
    x = np.random.default_rng(0).standard_normal((3, 4))
    result = answer.square(alicuda.Tensor(x, requires_grad=True))
    require(isinstance(result, alicuda.Tensor), f"square(x) gives {type(result).__name__}, not a Tensor.")
    same("square(x)", result, x**2)
    require(result.node and result.node.backward, "square(x) gives a Tensor without a backward.")
    dx = result.node.backward(np.ones((3, 4)), (True,))[0]
    require(not isinstance(dx, alicuda.Tensor), TENSOR, kind="no_array")
    report = check_gradient(answer.square, [x])
    require(report.passed, f"The library's gradient check says: {report}")
