"""Batch norm, alone and with the leaky ReLU behind it: launches `batch_norm.cu`."""

from __future__ import annotations

from typing import Any

from alicuda.backends.cuda.reductions import Layout, layout


class BatchNorm:
    device: Any
    _empty: Any
    _add_up: Any

    def batch_norm(self, x: Any, scale: Any, shift: Any, eps: float) -> tuple[Any, Any, Any]:
        return self._normalise("batch_norm", x, scale, shift, eps, ())

    def batch_norm_leaky_relu(self, x: Any, scale: Any, shift: Any, eps: float, slope: float) -> tuple[Any, Any, Any]:
        return self._normalise("batch_norm_leaky_relu", x, scale, shift, eps, (slope,))

    def batch_norm_grad(self, dy: Any, x: Any, scale: Any, mean: Any, inv_std: Any) -> tuple[Any, Any, Any]:
        kernels = "batch_norm_sums", "batch_norm_grad"
        return self._input_grad(kernels, (dy, x), scale, mean, inv_std, ())

    def batch_norm_leaky_relu_grad(
        self, dy: Any, x: Any, y: Any, scale: Any, mean: Any, inv_std: Any, slope: float
    ) -> tuple[Any, Any, Any]:
        kernels = "batch_norm_leaky_relu_sums", "batch_norm_leaky_relu_grad"
        return self._input_grad(kernels, (dy, x, y), scale, mean, inv_std, (slope,))

    def _normalise(self, kernel: str, x: Any, scale: Any, shift: Any, eps: float, slope: tuple[float, ...]) -> Any:
        C = x.shape[-1]
        M = x.size // C
        y, mean, inv_std = self._empty(x.shape), self._empty((C,)), self._empty((C,))
        lay = layout(M, C, (x, y, scale, shift))
        means, m2s = self._empty((lay.row_blocks, C)), self._empty((lay.row_blocks, C))
        self._launch("batch_norm_moments", lay, (x, means, m2s, M, C, lay.rows))
        whole = layout(lay.row_blocks, C, (x, means, m2s), whole=True)
        self._launch(
            "batch_norm_combine", whole, (x, means, m2s, mean, inv_std, M, C, lay.rows, lay.row_blocks, float(eps))
        )
        self._launch(kernel, lay, (x, scale, shift, mean, inv_std, y, M, C, lay.rows, *slope))
        return y, mean, inv_std

    def _input_grad(
        self,
        kernels: tuple[str, str],
        images: tuple[Any, ...],
        scale: Any,
        mean: Any,
        inv_std: Any,
        slope: tuple[float, ...],
    ) -> tuple[Any, Any, Any]:
        x = images[1]
        C = x.shape[-1]
        M = x.size // C
        dx = self._empty(x.shape)
        lay = layout(M, C, (*images, dx, scale, mean, inv_std))
        sums = self._empty((lay.row_blocks, 2 * C))
        self._launch(kernels[0], lay, (*images, mean, inv_std, sums, M, C, lay.rows, *slope))
        both = self._add_up(sums)
        dshift, dscale = both[:C], both[C:]
        self._launch(kernels[1], lay, (*images, scale, mean, inv_std, dscale, dshift, dx, M, C, lay.rows, *slope))
        return dx, dscale, dshift

    def _launch(self, kernel: str, lay: Layout, args: tuple[Any, ...]) -> None:
        self.device.launch("batch_norm.cu", kernel, lay.grid, lay.block, args, lay.defines)
