"""The step exp: its value, and its gradient behind a sum of products with random numbers."""

import numpy as np
from given import Node, grad, sum_all

from alicuda.tutor import require, same

FUNCTIONS = ["exp(x)"]
HINTS = {"wrong_result": "turn up x a little: how many times faster does the result move? Multiply dy with that."}


def check(answer):
    random = np.random.default_rng(0)
    for shape in [(5,), (2, 3), ()]:
        p, factors = Node(random.standard_normal(shape)), Node(random.standard_normal(shape))
        result = answer.exp(p)
        require(isinstance(result, Node), f"exp(x) gives {type(result).__name__}, not a Node.")
        same(f"For x of shape {shape}, exp(x).value", result.value, np.exp(p.value))
        require(any(node is p for node in result.inputs), "The node does not name x as its input.")
        carried = result.backward(factors.value)
        require(isinstance(carried, (list, tuple)) and len(carried) == len(result.inputs),
                "The rule must give a list with one cotangent for each input.")  # fmt: skip
        (gradient,) = grad(sum_all(result * factors), [p])
        same(f"For x of shape {shape}, dx", gradient, factors.value * np.exp(p.value))
