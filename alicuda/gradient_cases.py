"""The table of all differentiable ops: what to call each with. Adding an op adds a row, which every check reads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from alicuda import ops, tolerances
from alicuda.philox import Rng
from alicuda.tensor import Tensor


@dataclass(frozen=True)
class Case:
    """An op on inputs of the given shapes. `length`: how many terms are added up for one element of a gradient;
    `positive`: the inputs are drawn above 0."""

    op: str
    function: Callable[..., Tensor]
    shapes: tuple[tuple[int, ...], ...]
    length: int = 1
    positive: bool = False

    def inputs(self, seed: int) -> list[np.ndarray]:
        """float64 arrays, away from the kink at 0."""
        random = np.random.default_rng(seed)
        drawn = [random.standard_normal(shape) for shape in self.shapes]
        arrays = [x + 0.05 * np.sign(x) for x in drawn]
        return [np.abs(x) + 0.1 for x in arrays] if self.positive else arrays

    @property
    def tried(self) -> str:
        """What the op is called with, in words."""
        return ", ".join("x".join(map(str, shape)) for shape in self.shapes)

    def input_name(self, i: int) -> str:
        return f"input {i}"

    def error(self, i: int, found: np.ndarray, exact: np.ndarray, dtype: Any) -> tuple[float, float]:
        """The relative error of one answer, and how large it may be: of the result (i = 0), or of the gradient of input
        i - 1. Infinite if anything is not finite."""
        tolerance = tolerances.rtol(dtype, self.length)
        return tolerances.worst_error(found, exact, dtype, self.length) * tolerance, tolerance


def _conv(x, w, stride):
    (N, H, W, C), (R, S, _, K) = x, w
    P, Q = (H - R) // stride + 1, (W - S) // stride + 1
    length = max(R * S * max(C, K), N * P * Q)
    return Case("conv2d", lambda x, w: ops.conv2d(x, w, stride), (x, w), length)


def _conv_transpose(y, w, stride):
    (N, P, Q, K), (R, S, C, _) = y, w
    length = max(R * S * max(C, K), N * P * Q)
    return Case("conv_transpose2d", lambda y, w: ops.conv_transpose2d(y, w, stride), (y, w), length)


def _batch_norm(op, shape):
    C, M = shape[-1:], int(np.prod(shape[:-1]))
    function = ops.batch_norm if op == "batch_norm" else lambda *inputs: ops.batch_norm_leaky_relu(*inputs)[0]
    return Case(op, function, (shape, C, C), M)


CASES = [
    _conv((1, 5, 7, 3), (3, 2, 3, 4), 1),
    _conv((3, 9, 8, 1), (4, 3, 1, 5), 2),
    _conv((2, 4, 4, 6), (4, 4, 6, 1), 1),
    _conv((5, 1, 1, 7), (1, 1, 7, 3), 1),
    _conv((2, 10, 6, 2), (2, 1, 2, 3), 3),
    _conv_transpose((2, 1, 1, 5), (4, 4, 3, 5), 1),
    _conv_transpose((1, 3, 4, 2), (4, 3, 5, 2), 2),
    _conv_transpose((3, 4, 2, 1), (1, 2, 3, 1), 3),
    Case("bias_add", ops.bias_add, ((3, 2, 5, 4), (4,)), 30),
    Case("bias_add", ops.bias_add, ((31, 2, 1, 3), (2, 1, 3)), 31),
    _batch_norm("batch_norm", (3, 5, 2, 4)),
    _batch_norm("batch_norm", (33, 3)),
    _batch_norm("batch_norm_leaky_relu", (3, 5, 2, 4)),
    _batch_norm("batch_norm_leaky_relu", (31, 1)),
    Case("leaky_relu", lambda x: ops.leaky_relu(x, 0.1), ((3, 33),)),
    Case("leaky_relu", lambda x: ops.leaky_relu(x, 0.0), ((129,),)),
    Case("maxout", lambda x: ops.maxout(x, 2), ((3, 5, 1, 8),)),
    Case("maxout", lambda x: ops.maxout(x, 5), ((31, 15),)),
    Case("dropout", lambda x: ops.dropout(x, 0.3, Rng(1)), ((31, 9),)),
    Case("gaussian_sample", lambda mu, log_sigma: ops.gaussian_sample(mu, log_sigma, Rng(2)), ((5, 7), (5, 7))),
    Case("sigmoid", ops.sigmoid, ((3, 33),)),
    Case("softplus", ops.softplus, ((129,),)),
    Case("exp", ops.exp, ((31,),)),
    Case("add", ops.add, ((3, 5), (5,)), 3),
    Case("mul", ops.mul, ((3, 1, 5), (4, 1)), 15),
    Case("affine", lambda x: ops.affine(x, -1.5, 0.25), ((7, 3),)),
    Case("power", lambda x: ops.power(x, -1.5), ((33,),), positive=True),
    Case("concat", lambda x, y: ops.concat([x, y], 1), ((3, 2, 4), (3, 5, 4))),
    Case("split", lambda x: ops.mul(*ops.split(x, [3, 3], 1)), ((5, 6),)),
    Case("sum", lambda x: ops.sum(x, (0, 2)), ((3, 4, 5),)),
    Case("mean", lambda x: ops.mean(x, 1), ((3, 33),)),
    Case("broadcast_to", lambda x: ops.broadcast_to(x, (4, 3, 5)), ((3, 1),), 20),
    Case("reshape", lambda x: ops.reshape(x, (5, -1)), ((3, 10),)),
]
