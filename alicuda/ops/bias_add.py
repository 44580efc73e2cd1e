"""y = x + b, the same b for every example."""

from __future__ import annotations

from typing import Any

from alicuda.ops import _check
from alicuda.tensor import Tensor, record


def bias_add(x: Any, b: Any) -> Tensor:
    """x (N,...,C) + b, where b is (C,), one per channel (tied), or (...,C), one per output element (untied).

    dx = dy; db = the sum of dy over every axis that b does not have.
    """
    x, b = _check.tensors("bias_add", x=x, b=b)
    fits = x.ndim >= 2 and b.shape in (x.shape[-1:], x.shape[1:])
    wanted = f"x of shape {x.shape} takes (C,) or the shape of one example"
    _check.require(fits, "bias_add", f"b has shape {b.shape}, but {wanted}")
    _check.require(b.size > 0, "bias_add", f"b has shape {b.shape}: there is nothing to add")
    backend = x.backend

    def backward(dy, wanted):
        return dy, backend.bias_grad(dy, b.shape) if wanted[1] else None

    return record("bias_add", backend.bias_add(x.array, b.array), [x, b], backward)
