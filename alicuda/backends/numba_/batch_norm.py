"""Batch norm, its sums by one thread a channel or by one block."""

from __future__ import annotations

from typing import Any

from alicuda import numba_kernels
from alicuda.backends.numba_.array import Array


class BatchNorm:
    device: Any
    shared: Any
    _empty: Any

    def batch_norm(self, x: Array, scale: Array, shift: Array, eps: float) -> tuple[Array, Array, Array]:
        C = x.shape[-1]
        M = x.size // C
        y, mean, inv_std = self._empty(x.shape), self._empty((C,)), self._empty((C,))
        self._each_channel("batch_norm_moments", C, x.reshape(M, C), mean, inv_std, M, C, float(eps))
        args = (x.reshape(M, C), scale, shift, mean, inv_std, y.reshape(M, C), M, C)
        self.device.launch_each("batch_norm", "batch_norm", y.size, *args)
        return y, mean, inv_std

    def batch_norm_grad(
        self, dy: Array, x: Array, scale: Array, mean: Array, inv_std: Array
    ) -> tuple[Array, Array, Array]:
        C = x.shape[-1]
        M = x.size // C
        dx, dscale, dshift = self._empty(x.shape), self._empty((C,)), self._empty((C,))
        dy, x = dy.reshape(M, C), x.reshape(M, C)
        self._each_channel("batch_norm_sums", C, dy, x, mean, inv_std, dscale, dshift, M, C)
        args = (dy, x, scale, mean, inv_std, dscale, dshift, dx.reshape(M, C), M, C)
        self.device.launch_each("batch_norm", "batch_norm_grad", dx.size, *args)
        return dx, dscale, dshift

    def _each_channel(self, kernel: str, C: int, *args: Any) -> None:
        """Launch a thread for each of the C channels, or with `shared` a block for each."""
        if self.shared:
            threads = numba_kernels.load("batch_norm_shared").THREADS
            self.device.launch("batch_norm_shared", f"{kernel}_shared", C, threads, *args)
        else:
            self.device.launch_each("batch_norm", kernel, C, *args)
