"""y = a x + b with two numbers a and b."""

from __future__ import annotations

from typing import Any

from alicuda.ops import _check
from alicuda.tensor import Tensor, record


def affine(x: Any, a: float, b: float) -> Tensor:
    """a * x + b for Python numbers a and b. dx = a dy."""
    (x,) = _check.tensors("affine", x=x)
    backend = x.backend
    return record("affine", backend.affine(x.array, a, b), [x], lambda dy, wanted: (backend.affine(dy, a, 0.0),))
