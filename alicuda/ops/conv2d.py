"""y[n,p,q,k] = sum over r,s,c of x[n, p*stride + r, q*stride + s, c] * w[r,s,c,k]."""

from __future__ import annotations

from typing import Any

from alicuda.ops import _check
from alicuda.tensor import Tensor, record


def conv2d(x: Any, w: Any, stride: int = 1) -> Tensor:
    """Valid convolution: x (N,H,W,C), w (R,S,C,K) -> y (N,P,Q,K), P = (H - R) // stride + 1, Q likewise.

    As everywhere in deep learning the filter is not flipped. dx is the transposed convolution of dy with the same w;
    dw correlates x with dy. Source: Dumoulin and Visin, "A guide to convolution arithmetic", 2016, sections 2 and 4.
    """
    x, w = _check.tensors("conv2d", x=x, w=w)
    both = f"x has shape {x.shape} and w has shape {w.shape}"
    _check.require(x.ndim == 4 and w.ndim == 4, "conv2d", f"needs x (N,H,W,C) and w (R,S,C,K), but {both}")
    _check.require(x.shape[3] == w.shape[2], "conv2d", f"the channels C differ: {both}")
    fits = w.shape[0] <= x.shape[1] and w.shape[1] <= x.shape[2]
    _check.require(fits, "conv2d", f"the filter is larger than the image: {both}")
    _check.require(min(*x.shape, *w.shape) > 0, "conv2d", f"there is nothing to convolve: {both}")
    stride = _check.integer("conv2d", "stride", stride, 1, _check.MOST_STRIDE)
    backend = x.backend

    def backward(dy, wanted):
        return (
            backend.conv2d_input_grad(dy, w.array, x.shape[1:3], stride) if wanted[0] else None,
            backend.conv2d_weight_grad(x.array, dy, w.shape[:2], stride) if wanted[1] else None,
        )

    return record("conv2d", backend.conv2d(x.array, w.array, stride), [x, w], backward)
