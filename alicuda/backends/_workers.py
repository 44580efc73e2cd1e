"""Threads that share out the chunks of one primitive, and memory that is used again instead of paged in again."""

from __future__ import annotations

import math
import os
import threading
import weakref
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import numpy as np

# Between two calls of NumPy a thread holds Python's lock. Two threads whose calls are short spend more time handing it
# to each other than they save: one piece of batch norm on 65,536 numbers takes 55 us alone, 200 us beside another. So
# pieces are large, though then not all their arrays fit into a core's own cache, and small arrays are one piece.
PIECE = 1 << 19  # elements, at most
SMALL = 1 << 19  # elements: up to here a single piece


class Workers:
    """`threads` threads, the calling one among them.

    What a chunk computes depends on its number alone, never on the thread that happens to take it: results are the
    same bits with any number of threads. NumPy releases Python's lock inside its loops, so threads do run together.
    """

    def __init__(self, threads: int | None = None):
        available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
        self.threads = threads or available or 1
        self._executor = ThreadPoolExecutor(self.threads - 1, "alicuda") if self.threads > 1 else None
        self._scratch = Scratch()
        self.empty = Memory().empty

    def run(self, chunk: Callable[[int], object], count: int) -> None:
        """Call chunk(0) ... chunk(count - 1), in any order, on all threads."""
        if count == 1 or self._executor is None:
            for i in range(count):
                chunk(i)
            return
        waiting = deque(range(count))

        def drain() -> None:
            while True:
                try:
                    i = waiting.popleft()
                except IndexError:
                    return
                chunk(i)

        helpers = [self._executor.submit(drain) for _ in range(min(self.threads, count) - 1)]
        try:
            drain()
        finally:
            # After an error nobody shall still be writing into arrays that the caller believes to be its own.
            waiting.clear()
            errors = [helper.exception() for helper in helpers if not helper.cancel()]
        for error in errors:
            if error is not None:
                raise error

    def scratch(self, name: str, shape: tuple[int, ...], dtype: Any) -> np.ndarray:
        """An array with arbitrary contents that this thread's next call with the same name will reuse.

        Never part of a result. Fresh memory would be paged in by the kernel again and again.
        """
        own = self._scratch
        array = own.arrays.get((name, shape, dtype))  # asked for a thousand times a step: finding it must be quick
        if array is None:
            size = math.prod(shape) * np.dtype(dtype).itemsize
            if name not in own.buffers or own.buffers[name].size < size:
                own.arrays.clear()  # views of the smaller buffer would keep it
                own.buffers[name] = np.empty(size, np.uint8)
            array = own.arrays[name, shape, dtype] = np.ndarray(shape, dtype, own.buffers[name])
        return array


class Scratch(threading.local):
    """Each thread's own."""

    def __init__(self) -> None:
        self.buffers: dict[str, np.ndarray] = {}
        self.arrays: dict[tuple[str, tuple[int, ...], Any], np.ndarray] = {}


class Memory:
    """`empty` like NumPy's, on the memory of earlier results that nobody holds any more.

    The C library returns large blocks to the system when they are freed, and paging them in again took a tenth of a
    training step. A block comes back to us when the last view of it has died, so it is never written while somebody
    can see it.
    """

    SMALL = 1 << 16  # bytes: the C library keeps these itself
    FORGET = 2048  # calls of `empty` after which a block that lay unused is let go

    def __init__(self) -> None:
        self._free: dict[int, list[tuple[int, np.ndarray]]] = {}
        self._calls = 0

    def empty(self, shape: Sequence[int], dtype: Any) -> np.ndarray:
        size = math.prod(shape) * np.dtype(dtype).itemsize
        if size < self.SMALL:
            return np.empty(shape, dtype)
        self._calls += 1
        try:
            _, block = self._free[size].pop()
        except (KeyError, IndexError):
            self._forget()
            block = np.empty(size, np.uint8)
        # Every view of the result refers to `owner`, not to `block`: NumPy skips to the array that owns the memory, but
        # for `owner` that is a memoryview, where it stops.
        owner = np.frombuffer(block.data, np.uint8)
        weakref.finalize(owner, self._give_back, block).atexit = False
        return np.ndarray(shape, dtype, owner)

    def _give_back(self, block: np.ndarray) -> None:
        self._free.setdefault(block.size, []).append((self._calls, block))

    def _forget(self) -> None:
        for size, blocks in list(self._free.items()):
            self._free[size] = [entry for entry in blocks if self._calls - entry[0] < self.FORGET]


def split(count: int, parts: int) -> list[slice]:
    """range(count) in `parts` almost equal slices."""
    bounds = [count * i // parts for i in range(parts + 1)]
    return [slice(lo, hi) for lo, hi in pairwise(bounds)]


def pieces(count: int, size: int = 1, small: int = SMALL) -> list[slice]:
    """range(count), `count` things of `size` elements each, in slices of at most PIECE elements.

    An even number of them: with two cores, and with many, none waits for the last one.
    """
    if count * size <= small:
        return [slice(0, count)]
    parts = -(-count * size // PIECE)
    return split(count, min(count, parts + parts % 2))


class Rows:
    """An array seen as rows of `channels` numbers, cut into pieces of whole rows.

    A piece is handled in lines, which are long enough for NumPy's inner loop: NumPy starts it anew on
    every row of a (rows, C) array with a (C,) operand, which for C = 8 costs ten times the arithmetic. So a line is
    many rows, and the operand is repeated to the length of a line.
    """

    LINE = 1 << 12  # elements

    def __init__(self, x: np.ndarray, channels: int):
        self.channels, self.count = channels, x.size // channels
        self.per_line = max(1, self.LINE // channels)
        whole = self.count - self.count % self.per_line
        lines = pieces(whole // self.per_line, self.per_line * channels) if whole else []
        self.cuts = [slice(cut.start * self.per_line, cut.stop * self.per_line) for cut in lines]
        if whole < self.count:
            self.cuts.append(slice(whole, self.count))

    def rows(self, x: np.ndarray, cut: slice) -> np.ndarray:
        """The rows of a cut, a view of the contiguous x."""
        return x.reshape(self.count, self.channels)[cut]

    def lines(self, x: np.ndarray, cut: slice) -> np.ndarray:
        """The same numbers in lines."""
        return self.rows(x, cut).reshape(-1, self._length(cut))

    def repeated(self, vector: np.ndarray) -> np.ndarray:
        line = np.empty((self.per_line, self.channels), vector.dtype)
        line[:] = vector.reshape(-1)
        return line.reshape(-1)

    def line(self, repeated: np.ndarray, cut: slice) -> np.ndarray:
        """What `repeated` gave, as long as a line of that cut."""
        return repeated[: self._length(cut)]

    def _length(self, cut: slice) -> int:
        return min(self.per_line, cut.stop - cut.start) * self.channels
