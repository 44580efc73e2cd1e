"""z = mu + e ** log_sigma * eps: a sample one can backpropagate through."""

from __future__ import annotations

from typing import Any

from alicuda.ops import _check
from alicuda.philox import Rng
from alicuda.tensor import Tensor, record


def gaussian_sample(mu: Any, log_sigma: Any, rng: Rng | None, eps: Any = None) -> Tensor:
    """z ~ N(mu, exp(log_sigma)^2), elementwise; mu and log_sigma of one shape. `eps` replaces the N(0, 1) noise.

    dmu = dz, dlog_sigma = dz * exp(log_sigma) * eps: the randomness is an input, not a step of the computation.
    Source: Kingma and Welling, ICLR 2014, section 2.4; Dumoulin et al. 2016, section 2.
    """
    mu, log_sigma = _check.tensors("gaussian_sample", mu=mu, log_sigma=log_sigma)
    same = mu.shape == log_sigma.shape
    _check.require(same, "gaussian_sample", f"mu has shape {mu.shape}, but log_sigma has shape {log_sigma.shape}")
    backend = mu.backend
    if eps is not None:
        eps = _check.tensors("gaussian_sample", mu=mu, eps=eps)[1]
        _check.require(eps.shape == mu.shape, "gaussian_sample", f"mu has shape {mu.shape}, but eps {eps.shape}")
        eps, draw = eps.array, None
    else:
        _check.require(rng is not None, "gaussian_sample", "needs an rng to draw eps from, or eps itself")
        draw = _check.rng("gaussian_sample", rng).draw()
    z, noise = backend.gaussian_sample(mu.array, log_sigma.array, draw, eps)

    def backward(dz, wanted):
        return backend.gaussian_sample_grad(dz, log_sigma.array, draw, noise)

    return record("gaussian_sample", z, [mu, log_sigma], backward)
