"""Repeat along axes of extent 1: the transpose of `sum`."""

from __future__ import annotations

import numpy as np

from alicuda.ops import _check
from alicuda.tensor import Tensor, record


def broadcast_to(x: Tensor, shape: tuple[int, ...]) -> Tensor:
    """x repeated to `shape` by NumPy's rules. dx = the sum of dy over the repeated axes."""
    (x,) = _check.tensors("broadcast_to", x=x)
    if x.shape == tuple(shape):
        return x
    backend, before = x.backend, x.shape
    padded = (1,) * (len(shape) - x.ndim) + before
    fits = len(shape) >= x.ndim and all(b in (1, s) for b, s in zip(padded, shape, strict=True))
    _check.require(fits, "broadcast_to", f"x has shape {before}, which cannot be repeated to {tuple(shape)}")
    repeated = tuple(i for i, (b, s) in enumerate(zip(padded, shape, strict=True)) if b != s or i < len(shape) - x.ndim)

    def backward(dy, wanted):
        return (backend.reshape(backend.sum(dy, repeated), before),)

    return record("broadcast_to", backend.broadcast_to(x.array, shape), [x], backward)


def broadcast_together(op: str, x: Tensor, y: Tensor) -> list[Tensor]:
    """x and y repeated to their common shape. ValueError naming `op` if they have none."""
    try:
        shape = np.broadcast_shapes(x.shape, y.shape)
    except ValueError:
        raise ValueError(f"{op}: x has shape {x.shape} and y has shape {y.shape}, which do not fit together") from None
    return [broadcast_to(x, shape), broadcast_to(y, shape)]
