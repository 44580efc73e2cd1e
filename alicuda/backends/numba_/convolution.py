"""The three directions of a convolution."""

from __future__ import annotations

from typing import Any

from alicuda import numba_kernels
from alicuda.backends.numba_.array import Array


class Convolution:
    device: Any
    shared: Any
    _empty: Any

    def conv2d(self, x: Array, w: Array, stride: int) -> Array:
        (N, H, W, C), (R, S, _, K) = x.shape, w.shape
        P, Q = (H - R) // stride + 1, (W - S) // stride + 1
        y = self._empty((N, P, Q, K))
        args = (x, w, y, N, H, W, C, R, S, K, P, Q, stride)
        if self.shared:
            tile = numba_kernels.load("conv2d_shared").TILE
            self.device.launch(
                "conv2d_shared", "conv2d_shared", (-(-N * P * Q // tile), -(-K // tile)), (tile, tile), *args
            )
        else:
            self.device.launch_each("conv2d", "conv2d", y.size, *args)
        return y

    def conv2d_input_grad(self, dy: Array, w: Array, size: tuple[int, int], stride: int) -> Array:
        (N, P, Q, K), (R, S, C, _), (H, W) = dy.shape, w.shape, size
        dx = self._empty((N, H, W, C))
        args = (dy, w, dx, N, H, W, C, R, S, K, P, Q, stride)
        self.device.launch_each("conv2d_input_grad", "conv2d_input_grad", dx.size, *args)
        return dx

    def conv2d_weight_grad(self, x: Array, dy: Array, taps: tuple[int, int], stride: int) -> Array:
        (N, H, W, C), (_, P, Q, K), (R, S) = x.shape, dy.shape, taps
        dw = self._empty((R, S, C, K))
        args = (x, dy, dw, N, H, W, C, R, S, K, P, Q, stride)
        self.device.launch_each("conv2d_weight_grad", "conv2d_weight_grad", dw.size, *args)
        return dw
