"""y = the largest of each group of adjacent channels."""

from __future__ import annotations

from typing import Any

from alicuda.ops import _check
from alicuda.tensor import Tensor, record


def maxout(x: Any, pieces: int) -> Tensor:
    """x (..., C) -> y (..., C / pieces): y[..., i] = max over j of x[..., i * pieces + j].

    The cotangent goes to the winner; of equals, the first. ValueError if `pieces` does not divide C, or is more than
    256: the winner is remembered in a byte.
    Source: Goodfellow, Warde-Farley, Mirza, Courville and Bengio, ICML 2013, section 3.
    """
    (x,) = _check.tensors("maxout", x=x)
    pieces = _check.integer("maxout", "pieces", pieces, 1, 256)
    divides = x.ndim > 0 and x.shape[-1] % pieces == 0
    _check.require(divides, "maxout", f"pieces = {pieces} does not divide the channels of x, which has shape {x.shape}")
    backend = x.backend
    y, which = backend.maxout(x.array, pieces)
    return record("maxout", y, [x], lambda dy, wanted: (backend.maxout_grad(dy, which, pieces),))
