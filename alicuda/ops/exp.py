"""y = e ** x."""

from __future__ import annotations

from typing import Any

from alicuda.ops import _check
from alicuda.tensor import Tensor, record


def exp(x: Any) -> Tensor:
    """e ** x, elementwise. dx = dy * y."""
    (x,) = _check.tensors("exp", x=x)
    backend = x.backend
    y = backend.exp(x.array)
    return record("exp", y, [x], lambda dy, wanted: (backend.exp_grad(dy, y),))
