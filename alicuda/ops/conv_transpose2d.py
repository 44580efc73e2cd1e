"""The transpose of conv2d: what conv2d does to cotangents, done to images."""

from __future__ import annotations

from typing import Any

from alicuda.ops import _check
from alicuda.tensor import Tensor, record


def conv_transpose2d(y: Any, w: Any, stride: int = 1) -> Tensor:
    """y (N,P,Q,K), w (R,S,C,K) -> x (N,H,W,C) with H = stride * (P - 1) + R, W likewise.

    The primitive is `conv2d_input_grad`, with the very filter of the convolution that it transposes; so its own
    backward is `conv2d` for y, and the same weight gradient with the roles of image and cotangent exchanged.
    Source: Dumoulin and Visin, "A guide to convolution arithmetic", 2016, section 4.
    """
    y, w = _check.tensors("conv_transpose2d", y=y, w=w)
    both = f"y has shape {y.shape} and w has shape {w.shape}"
    _check.require(y.ndim == 4 and w.ndim == 4, "conv_transpose2d", f"needs y (N,P,Q,K) and w (R,S,C,K), but {both}")
    _check.require(y.shape[3] == w.shape[3], "conv_transpose2d", f"the channels K differ: {both}")
    _check.require(min(*y.shape, *w.shape) > 0, "conv_transpose2d", f"there is nothing to convolve: {both}")
    stride = _check.integer("conv_transpose2d", "stride", stride, 1, _check.MOST_STRIDE)
    backend = y.backend
    H, W = (stride * (extent - 1) + taps for extent, taps in zip(y.shape[1:3], w.shape[:2], strict=True))

    def backward(dx, wanted):
        return (
            backend.conv2d(dx, w.array, stride) if wanted[0] else None,
            backend.conv2d_weight_grad(dx, y.array, w.shape[:2], stride) if wanted[1] else None,
        )

    return record("conv_transpose2d", backend.conv2d_input_grad(y.array, w.array, (H, W), stride), [y, w], backward)
