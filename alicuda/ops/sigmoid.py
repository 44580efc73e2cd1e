"""y = 1 / (1 + e ** -x)."""

from __future__ import annotations

from typing import Any

from alicuda.ops import _check
from alicuda.tensor import Tensor, record


def sigmoid(x: Any) -> Tensor:
    """1 / (1 + exp(-x)), elementwise, without overflow at either end. dx = dy * y * (1 - y)."""
    (x,) = _check.tensors("sigmoid", x=x)
    backend = x.backend
    y = backend.sigmoid(x.array)
    return record("sigmoid", y, [x], lambda dy, wanted: (backend.sigmoid_grad(dy, y),))
