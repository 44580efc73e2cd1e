"""Copies that change the shape: launches `shapes.cu`."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from alicuda.backends._runs import runs
from alicuda.backends.cuda.elementwise import THREADS
from alicuda.backends.cuda.memory import aligned


class Shapes:
    device: Any
    _empty: Any

    def concat(self, arrays: Sequence[Any], axis: int) -> Any:
        axis %= len(arrays[0].shape)
        shape, sizes = list(arrays[0].shape), [x.shape[axis] for x in arrays]
        shape[axis] = sum(sizes)
        y = self._empty(shape)
        for part, start in zip(arrays, _starts(sizes), strict=True):
            self._copy_columns(part, y, axis, part.shape[axis], 0, start)
        return y

    def split(self, x: Any, sizes: Sequence[int], axis: int) -> list[Any]:
        axis %= len(x.shape)
        parts = [self._empty((*x.shape[:axis], size, *x.shape[axis + 1 :])) for size in sizes]
        for part, start in zip(parts, _starts(sizes), strict=True):
            self._copy_columns(x, part, axis, part.shape[axis], start, 0)
        return parts

    def broadcast_to(self, x: Any, shape: Sequence[int]) -> Any:
        """One run of neighbouring axes that are repeated after the other."""
        before = (1,) * (len(shape) - len(x.shape)) + tuple(x.shape)
        done = 1  # elements of the runs so far, as they are in x by now
        for size, repeated in runs(shape, [axis for axis, n in enumerate(before) if n != shape[axis]]):
            if repeated:
                y = self._empty((done, size, x.size // done if done else 0))
                self._repeat(x, y)
                x = y
            done *= size
        return x.reshape(tuple(shape))

    def _copy_columns(self, x: Any, y: Any, axis: int, count: int, x_start: int, y_start: int) -> None:
        """Copy `count` places along `axis`, from x_start on, to y_start on; x and y differ along that axis only."""
        rows, inner = prod(x.shape[:axis]), prod(x.shape[axis + 1 :])
        width, pitches = count * inner, (x.shape[axis] * inner, y.shape[axis] * inner)
        size, starts = rows * width, (x_start * inner, y_start * inner)
        args = (x, y, size, width, pitches[0], starts[0], pitches[1], starts[1])
        self._in_vectors("copy_columns", size, args, (width, *pitches, *starts))

    def _repeat(self, x: Any, y: Any) -> None:
        """y (outer, times, inner) = x (outer, inner)."""
        _, times, inner = y.shape
        self._in_vectors("repeat", y.size, (x, y, y.size, times, inner), (inner,))

    def _in_vectors(self, kernel: str, size: int, args: Sequence[Any], lengths: Sequence[int]) -> None:
        """Launch a thread for each vector of 4 floats if none would be cut, for each float otherwise."""
        if size:
            x, y = args[:2]
            vector = 4 if all(n % 4 == 0 for n in lengths) and aligned(x) and aligned(y) else 1
            self.device.launch("shapes.cu", kernel, -(-size // (THREADS * vector)), THREADS, args, {"VECTOR": vector})


def _starts(sizes: Sequence[int]) -> list[int]:
    return [sum(sizes[:i]) for i in range(len(sizes))]
