"""z = x + y."""

from __future__ import annotations

from typing import Any

from alicuda.ops import _check
from alicuda.ops.broadcast_to import broadcast_together
from alicuda.tensor import Tensor, record


def add(x: Any, y: Any) -> Tensor:
    """x + y, shapes broadcast as in NumPy. dx = dz, dy = dz."""
    x, y = broadcast_together("add", *_check.tensors("add", x=x, y=y))
    return record("add", x.backend.add(x.array, y.array), [x, y], lambda dz, wanted: (dz, dz))
