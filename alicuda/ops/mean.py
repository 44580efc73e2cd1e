"""The mean over some axes."""

from __future__ import annotations

from math import prod
from typing import Any

from alicuda.ops import _check
from alicuda.tensor import Tensor, record


def mean(x: Any, axis: int | tuple[int, ...] | None = None) -> Tensor:
    """The mean of x over `axis` (None: over all); those axes go. dx = dy / M repeated along them, M elements each."""
    (x,) = _check.tensors("mean", x=x)
    backend, shape, axes = x.backend, x.shape, _check.axes("mean", x, axis)
    kept = tuple(1 if i in axes else n for i, n in enumerate(shape))
    M = prod(shape[i] for i in axes)
    _check.require(M > 0, "mean", f"x has shape {shape}: there is nothing to take the mean of")

    def backward(dy, wanted):
        return (backend.broadcast_to(backend.reshape(backend.affine(dy, 1 / M, 0.0), kept), shape),)

    return record("mean", backend.mean(x.array, axes), [x], backward)
