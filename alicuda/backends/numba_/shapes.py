"""Copies that change the shape."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from alicuda.backends._runs import runs
from alicuda.backends.numba_.array import Array


class Shapes:
    device: Any
    _empty: Any

    def concat(self, arrays: Sequence[Array], axis: int) -> Array:
        axis %= arrays[0].ndim
        shape = list(arrays[0].shape)
        shape[axis] = sum(x.shape[axis] for x in arrays)
        y, start = self._empty(shape), 0
        for part in arrays:
            self._copy_columns(part, y, axis, part.shape[axis], 0, start)
            start += part.shape[axis]
        return y

    def split(self, x: Array, sizes: Sequence[int], axis: int) -> list[Array]:
        axis %= x.ndim
        parts, start = [], 0
        for size in sizes:
            parts.append(self._empty((*x.shape[:axis], size, *x.shape[axis + 1 :])))
            self._copy_columns(x, parts[-1], axis, size, start, 0)
            start += size
        return parts

    def _copy_columns(self, x: Array, y: Array, axis: int, count: int, x_start: int, y_start: int) -> None:
        """Copy `count` places along `axis`, from x_start on, to y_start on; x and y differ along that axis only."""
        rows, inner = prod(x.shape[:axis]), prod(x.shape[axis + 1 :])
        width = count * inner
        x, y = x.reshape(rows, x.shape[axis] * inner), y.reshape(rows, y.shape[axis] * inner)
        self.device.launch_each(
            "shapes", "copy_columns", rows * width, x, y, rows, width, x_start * inner, y_start * inner
        )

    def broadcast_to(self, x: Array, shape: Sequence[int]) -> Array:
        """One run of neighbouring axes that are repeated after the other."""
        before = (1,) * (len(shape) - x.ndim) + x.shape
        done = 1  # elements of the runs so far, as they are in x by now
        for size, repeated in runs(shape, [axis for axis, n in enumerate(before) if n != shape[axis]]):
            if repeated:
                inner = x.size // done if done else 0
                y = self._empty((done, size, inner))
                self.device.launch_each("shapes", "repeat", y.size, x.reshape(done, inner), y, done, size, inner)
                x = y
            done *= size
        return x.reshape(*shape)
