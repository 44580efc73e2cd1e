"""y = log(1 + e ** x): the loss of a logit."""

from __future__ import annotations

from typing import Any

from alicuda.ops import _check
from alicuda.tensor import Tensor, record


def softplus(x: Any) -> Tensor:
    """log(1 + exp(x)), elementwise, as max(x, 0) + log1p(exp(-|x|)) so that no x overflows. dx = dy * sigmoid(x).

    softplus(-d) is -log sigmoid(d): the cross entropy of a logit d against the label "real".
    """
    (x,) = _check.tensors("softplus", x=x)
    backend = x.backend
    y = backend.softplus(x.array)
    return record("softplus", y, [x], lambda dy, wanted: (backend.softplus_grad(dy, x.array),))
