"""y = x / (1 - p) where a coin falls right, else 0."""

from __future__ import annotations

from typing import Any

from alicuda.ops import _check
from alicuda.philox import Rng
from alicuda.tensor import Tensor, record


def dropout(x: Any, p: float, rng: Rng) -> Tensor:
    """Zero each element of x with probability p in [0, 1) and divide the others by 1 - p.

    dx = dy * mask / (1 - p). The mask is a function of the draw, so a device makes it anew in backward instead of
    storing it. Source: Srivastava et al., JMLR 15, 2014, section 10 (scaling at training time).
    """
    (x,) = _check.tensors("dropout", x=x)
    p = _check.number("dropout", "p", p)
    _check.require(0 <= p < 1, "dropout", f"p must be in [0, 1), not {p}")
    if p == 0:
        return x
    backend, draw = x.backend, _check.rng("dropout", rng).draw()
    y, mask = backend.dropout(x.array, p, draw)
    return record("dropout", y, [x], lambda dy, wanted: (backend.dropout_grad(dy, p, draw, mask),))
