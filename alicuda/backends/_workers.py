"""Threads that share out the chunks of one primitive, and the scratch memory that each of them keeps."""

from __future__ import annotations

import math
import os
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

PIECE = 1 << 15  # elements: a handful of such pieces fit into a core's own cache


class Workers:
    """`threads` threads, the calling one among them.

    What a chunk computes depends on its number alone, never on the thread that happens to take it: results are the
    same bits with any number of threads. NumPy releases Python's lock inside its loops, so that threads do run together.
    """

    def __init__(self, threads: int | None = None):
        available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
        self.threads = threads or available or 1
        self._executor = ThreadPoolExecutor(self.threads - 1, "alicuda") if self.threads > 1 else None
        self._own = threading.local()

    def run(self, chunk: Callable[[int], None], count: int) -> None:
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

    def scratch(self, name: str, shape: Sequence[int], dtype: Any) -> np.ndarray:
        """An array with arbitrary contents that this thread's next call with the same name will reuse.

        Never part of a result. Fresh memory would be paged in by the kernel again and again.
        """
        bytes_needed = math.prod(shape) * np.dtype(dtype).itemsize
        buffer = self._own.__dict__.get(name)
        if buffer is None or buffer.size < bytes_needed:
            buffer = self._own.__dict__[name] = np.empty(bytes_needed, np.uint8)
        return np.ndarray(shape, dtype, buffer)


def pieces(size: int, step: int) -> list[slice]:
    """Consecutive slices of `step` that cover range(size); the last may be shorter."""
    return [slice(lo, min(lo + step, size)) for lo in range(0, size, step)]


class Rows:
    """An array seen as rows of `channels` numbers, in pieces of whole rows, in lines long enough for NumPy's inner loop.

    NumPy starts its inner loop anew on every row of a (rows, C) array with a (C,) operand, which for C = 8 costs ten
    times the arithmetic. So a line is many rows, and the operand is repeated to the length of a line.
    """

    LINE = 1 << 12

    def __init__(self, x: np.ndarray, channels: int):
        self.channels, self.count = channels, x.size // channels
        self.per_line = max(1, self.LINE // channels)
        whole = self.count - self.count % self.per_line
        self.cuts = pieces(whole, self.per_line * max(1, PIECE // (self.per_line * channels)))
        if whole < self.count:
            self.cuts.append(slice(whole, self.count))

    def rows(self, x: np.ndarray, cut: slice) -> np.ndarray:
        """The rows of a cut, a view of the contiguous x."""
        return x.reshape(self.count, self.channels)[cut]

    def lines(self, x: np.ndarray, cut: slice) -> np.ndarray:
        """The same numbers in lines."""
        return self.rows(x, cut).reshape(-1, self._length(cut))

    def repeated(self, vector: np.ndarray) -> np.ndarray:
        return np.tile(vector.reshape(-1), self.per_line)

    def line(self, repeated: np.ndarray, cut: slice) -> np.ndarray:
        """What `repeated` gave, as long as a line of that cut."""
        return repeated[: self._length(cut)]

    def _length(self, cut: slice) -> int:
        return min(self.per_line, cut.stop - cut.start) * self.channels
