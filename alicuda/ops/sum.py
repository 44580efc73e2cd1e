"""The sum over some axes: the transpose of `broadcast_to`."""

from __future__ import annotations

from typing import Any

from alicuda.ops import _check
from alicuda.tensor import Tensor, record


def sum(x: Any, axis: int | tuple[int, ...] | None = None) -> Tensor:
    """The sum of x over `axis` (None: over all); those axes go. dx = dy repeated along them."""
    (x,) = _check.tensors("sum", x=x)
    backend, shape, axes = x.backend, x.shape, _check.axes("sum", x, axis)
    kept = tuple(1 if i in axes else n for i, n in enumerate(shape))

    def backward(dy, wanted):
        return (backend.broadcast_to(backend.reshape(dy, kept), shape),)

    return record("sum", backend.sum(x.array, axes), [x], backward)
