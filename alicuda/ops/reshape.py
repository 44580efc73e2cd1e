"""The same elements, in the same order, under another shape."""

from __future__ import annotations

from typing import Any

from alicuda.ops import _check
from alicuda.tensor import Tensor, record


def reshape(x: Any, shape: tuple[int, ...]) -> Tensor:
    """x under another shape of as many elements; one extent may be -1. Nothing is copied. ValueError if none fits."""
    (x,) = _check.tensors("reshape", x=x)
    backend, before = x.backend, x.shape
    try:
        y = backend.reshape(x.array, shape)
    except ValueError:
        raise ValueError(f"reshape: x has shape {x.shape}, which cannot become {tuple(shape)}") from None
    return record("reshape", y, [x], lambda dy, wanted: (backend.reshape(dy, before),))
