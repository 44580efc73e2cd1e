"""y = max(x, slope * x)."""

from __future__ import annotations

from typing import Any

from alicuda.ops import _check
from alicuda.tensor import Tensor, record


def leaky_relu(x: Any, slope: float = 0.01) -> Tensor:
    """x where x > 0, else slope * x, elementwise; slope in [0, 1), and 0 is the plain ReLU.

    dx = dy where x > 0, else slope * dy. y has the sign of x, so backward needs y alone. At the kink x = 0 we take the
    left derivative, as cuDNN and PyTorch do. Source: Maas, Hannun and Ng, ICML 2013 workshop, section 3.
    """
    (x,) = _check.tensors("leaky_relu", x=x)
    slope = _check.number("leaky_relu", "slope", slope)
    _check.require(0 <= slope < 1, "leaky_relu", f"slope must be in [0, 1), not {slope}")
    backend = x.backend
    y = backend.leaky_relu(x.array, slope)
    return record("leaky_relu", y, [x], lambda dy, wanted: (backend.leaky_relu_grad(dy, y, slope),))
