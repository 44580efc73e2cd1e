"""Sums, means and biases: launches `reduce.cu` and `bias.cu`, and lays out every kernel that works down columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

from alicuda.backends._runs import runs
from alicuda.backends.cuda.memory import aligned

THREADS = 256  # of a block, at most: the kernels' shared arrays have a place for each
WIDTH = 32  # of them side by side, at most: a warp
FEWEST_ROWS = 8  # that a thread is started for
BLOCKS = 4 * 132  # four for each multiprocessor of a large GPU; more would only be more to put together afterwards


@dataclass(frozen=True)
class Layout:
    """How the threads of a launch share out `outer` matrices of M rows and C columns; see `reduce.cuh`.

    It depends on shapes (and on how arrays are aligned) alone, never on the device: so do the bits of every result.
    """

    vector: int  # floats that a thread reads at once
    block: tuple[int, int, int]
    column_blocks: int  # blocks side by side over the columns of a matrix
    matrix_blocks: int
    rows: int  # of a block
    row_blocks: int

    @property
    def grid(self) -> tuple[int, int]:
        return self.column_blocks * self.matrix_blocks, self.row_blocks

    @property
    def defines(self) -> dict[str, int]:
        return {"VECTOR": self.vector}


def layout(M: int, C: int, arrays: Sequence[Any], outer: int = 1, whole: bool = False) -> Layout:
    """The layout for kernels that read and write `arrays`. With `whole`, one block has all rows of its columns."""
    vector = 4 if C % 4 == 0 and all(map(aligned, arrays)) else 1
    columns = C // vector
    height = min(THREADS, max(1, _ceil(M, FEWEST_ROWS)))
    width = _ceil(columns, _ceil(columns, WIDTH))
    if whole:  # high and narrow, down to the 8 floats that memory delivers at once
        width = min(WIDTH, columns, max(8 // vector, THREADS // height))
    height = min(height, THREADS // width)
    depth = min(outer, THREADS // (width * height), 64)
    across = _ceil(columns, width) * _ceil(outer, depth)
    per_thread = _ceil(M, height * max(1, BLOCKS // across))
    per_thread = max(FEWEST_ROWS, 4 * _ceil(per_thread, 4))  # the kernels' loops are unrolled four times
    rows = M if whole else min(M, per_thread * height)
    blocks = max(1, _ceil(M, rows))
    return Layout(vector, (width, height, depth), _ceil(columns, width), _ceil(outer, depth), rows, blocks)


def _ceil(a: int, b: int) -> int:
    return -(-a // b) if b else 0


class Reductions:
    device: Any
    _empty: Any

    def bias_add(self, x: Any, b: Any) -> Any:
        C, y = b.size, self._empty(x.shape)
        if x.size:
            M = x.size // C
            lay = layout(M, C, (x, b))
            self.device.launch(
                "bias.cu", "bias_add", lay.grid, lay.block, (x, b, y, M, C, lay.rows), defines=lay.defines
            )
        return y

    def bias_grad(self, dy: Any, shape: Sequence[int]) -> Any:
        C = prod(shape)
        if not C:
            return self.device.empty(tuple(shape))
        M = dy.size // C
        lay = layout(M, C, (dy,))
        db = self.device.empty((lay.row_blocks, C))
        self.device.launch("bias.cu", "bias_grad", lay.grid, lay.block, (dy, db, M, C, lay.rows), lay.defines)
        return self._add_up(db).reshape(tuple(shape))

    def sum(self, x: Any, axes: tuple[int, ...]) -> Any:
        return self._reduce(x, axes, None)

    def mean(self, x: Any, axes: tuple[int, ...]) -> Any:
        return self._reduce(x, axes, prod(x.shape[axis] for axis in axes))

    def _reduce(self, x: Any, axes: tuple[int, ...], count: int | None) -> Any:
        """The sum over `axes`, divided by `count` if given: one run of neighbouring axes after the other."""
        kept = tuple(n for axis, n in enumerate(x.shape) if axis not in axes)
        parts = runs(x.shape, axes)
        last = max((i for i, (_, gone) in enumerate(parts) if gone), default=-1)
        outer = 1
        for i, (size, gone) in enumerate(parts):
            if gone:
                inner = prod(n for n, _ in parts[i + 1 :])
                x = self._sum_middle(x, outer, size, inner, count if i == last else None)
            else:
                outer *= size
        return x.reshape(kept)

    def _sum_middle(self, x: Any, outer: int, reduced: int, inner: int, count: int | None = None) -> Any:
        """x, seen as (outer, reduced, inner), summed over the middle and divided by `count` if given."""
        if not outer * inner:
            return self.device.empty((outer, inner))
        while True:
            lay = layout(reduced, inner, (x,), outer, whole=reduced <= THREADS * FEWEST_ROWS)
            y = self.device.empty((outer, lay.row_blocks, inner))
            kernel, args = "sum", [x, y, outer, reduced, inner, lay.rows, lay.column_blocks]
            if lay.row_blocks == 1 and count is not None:
                kernel, args = "mean", [*args, float(count)]
            self.device.launch("reduce.cu", kernel, lay.grid, lay.block, tuple(args), lay.defines)
            if lay.row_blocks == 1:
                return y
            x, reduced = y, lay.row_blocks

    def _add_up(self, sums: Any) -> Any:
        """The rows of `sums` added up: the end of a sum that several blocks have begun."""
        rows, columns = sums.shape
        return (self._sum_middle(sums, 1, rows, columns) if rows > 1 else sums).reshape((columns,))
