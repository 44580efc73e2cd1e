"""Sums, means and biases: one thread for each sum."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from alicuda.backends._runs import runs
from alicuda.backends.numba_.array import Array


class Reductions:
    device: Any
    _empty: Any

    def bias_add(self, x: Array, b: Array) -> Array:
        y, C = self._empty(x.shape), b.size
        M = x.size // max(C, 1)
        self.device.launch_each("bias", "bias_add", y.size, x.reshape(M, C), b.reshape(-1), y.reshape(M, C), M, C)
        return y

    def bias_grad(self, dy: Array, shape: Sequence[int]) -> Array:
        db, C = self._empty(shape), prod(shape)
        M = dy.size // max(C, 1)
        self.device.launch_each("bias", "bias_grad", C, dy.reshape(M, C), db.reshape(-1), M, C)
        return db

    def sum(self, x: Array, axes: tuple[int, ...]) -> Array:
        return self._reduce(x, axes, None)

    def mean(self, x: Array, axes: tuple[int, ...]) -> Array:
        return self._reduce(x, axes, float(prod(x.shape[axis] for axis in axes)))

    def _reduce(self, x: Array, axes: tuple[int, ...], count: float | None) -> Array:
        """The sum over `axes`, divided by `count` if given: one run of neighbouring axes after the other."""
        kept = tuple(n for axis, n in enumerate(x.shape) if axis not in axes)
        parts = runs(x.shape, axes)
        last = max((i for i, (_, gone) in enumerate(parts) if gone), default=-1)
        outer = 1
        for i, (size, gone) in enumerate(parts):
            if not gone:
                outer *= size
                continue
            inner = prod(n for n, _ in parts[i + 1 :])
            y = self._empty((outer, inner))
            kernel, divisor = ("mean", [count]) if i == last and count is not None else ("sum", [])
            args = (x.reshape(outer, size, inner), y, outer, size, inner, *divisor)
            self.device.launch_each("reduce", kernel, y.size, *args)
            x = y
        return x.reshape(*kept)
