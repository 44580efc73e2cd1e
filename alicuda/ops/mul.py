"""z = x * y, elementwise."""

from __future__ import annotations

from typing import Any

from alicuda.ops import _check
from alicuda.ops.broadcast_to import broadcast_together
from alicuda.tensor import Tensor, record


def mul(x: Any, y: Any) -> Tensor:
    """x * y, shapes broadcast as in NumPy. dx = dz * y, dy = dz * x."""
    x, y = broadcast_together("mul", *_check.tensors("mul", x=x, y=y))
    backend = x.backend

    def backward(dz, wanted):
        return (
            backend.mul(dz, y.array) if wanted[0] else None,
            backend.mul(dz, x.array) if wanted[1] else None,
        )

    return record("mul", backend.mul(x.array, y.array), [x, y], backward)
