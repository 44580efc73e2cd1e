"""y = x ** p with a number p."""

from __future__ import annotations

from typing import Any

from alicuda.ops import _check
from alicuda.tensor import Tensor, record


def power(x: Any, p: float) -> Tensor:
    """x ** p for a Python number p. dx = dy * p * x ** (p - 1)."""
    (x,) = _check.tensors("power", x=x)
    backend = x.backend

    def backward(dy, wanted):
        if p == 0:  # p * x ** (p - 1) would be 0 * infinity at x = 0
            return (backend.affine(dy, 0.0, 0.0),)
        return (backend.mul(dy, backend.affine(backend.power(x.array, p - 1), p, 0.0)),)

    return record("power", backend.power(x.array, p), [x], backward)
