"""y = scale * (x - mean) / sqrt(variance + eps) + shift, the statistics taken over the batch."""

from __future__ import annotations

from typing import Any

from alicuda.ops import _check
from alicuda.tensor import Tensor, record


def check_batch_norm(op: str, x: Any, scale: Any, shift: Any, eps: Any) -> list[Tensor]:
    _check.require(_check.number(op, "eps", eps) > 0, op, f"eps must be above 0, not {eps}")
    x, scale, shift = _check.tensors(op, x=x, scale=scale, shift=shift)
    for name, parameter in (("scale", scale), ("shift", shift)):
        fits = x.ndim >= 2 and parameter.shape == x.shape[-1:]
        wanted = f"x of shape {x.shape} needs one per channel (C,)"
        _check.require(fits, op, f"{name} has shape {parameter.shape}, but {wanted}")
    _check.require(x.size > 0, op, f"x has shape {x.shape}: there is nothing to take statistics of")
    return [x, scale, shift]


def batch_norm(x: Any, scale: Any, shift: Any, eps: float = 1e-4) -> Tensor:
    """x (N,...,C), scale and shift (C,) -> y like x; mean and biased variance per channel over all other axes.

    With M elements a channel and x_hat = (x - mean) / std:  dshift = sum dy,  dscale = sum dy * x_hat,
    dx = scale / std * (dy - dshift / M - x_hat * dscale / M).  The last two terms are there because every x moves the
    mean and the variance of all. Source: Ioffe and Szegedy, ICML 2015, algorithm 1 and section 3.
    """
    return batch_norm_with_statistics(x, scale, shift, eps)[0]


def batch_norm_with_statistics(x: Any, scale: Any, shift: Any, eps: float = 1e-4) -> tuple[Tensor, Any, Any]:
    """`batch_norm`, and beside y the arrays mean and 1 / sqrt(variance + eps), (C,) each, for running averages."""
    x, scale, shift = check_batch_norm("batch_norm", x, scale, shift, eps)
    backend = x.backend
    y, mean, inv_std = backend.batch_norm(x.array, scale.array, shift.array, eps)

    def backward(dy, wanted):
        return backend.batch_norm_grad(dy, x.array, scale.array, mean, inv_std)

    return record("batch_norm", y, [x, scale, shift], backward), mean, inv_std
