"""y = leaky_relu(batch_norm(x)) in one pass over memory."""

from __future__ import annotations

from typing import Any

from alicuda.ops import _check
from alicuda.ops.batch_norm import check_batch_norm
from alicuda.tensor import Tensor, record


def batch_norm_leaky_relu(
    x: Any, scale: Any, shift: Any, eps: float = 1e-4, slope: float = 0.01
) -> tuple[Tensor, Any, Any]:
    """leaky_relu(batch_norm(x)) and the arrays mean and 1 / sqrt(variance + eps); shapes as in `batch_norm`.

    Two ops in one because both only stream the activations through memory: fused, they are read and written once.
    """
    x, scale, shift = check_batch_norm("batch_norm_leaky_relu", x, scale, shift, eps)
    slope = _check.number("batch_norm_leaky_relu", "slope", slope)
    _check.require(0 <= slope < 1, "batch_norm_leaky_relu", f"slope must be in [0, 1), not {slope}")
    backend = x.backend
    y, mean, inv_std = backend.batch_norm_leaky_relu(x.array, scale.array, shift.array, eps, slope)

    def backward(dy, wanted):
        return backend.batch_norm_leaky_relu_grad(dy, x.array, y, scale.array, mean, inv_std, slope)

    return record("batch_norm_leaky_relu", y, [x, scale, shift], backward), mean, inv_std
