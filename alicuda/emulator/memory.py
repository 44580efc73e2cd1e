"""Where a launch's arrays lie, and which of their bytes have been written.

The fast and debug builds work on the arrays themselves. The checked build works on copies that lie as cudaMalloc would
place them, 256-byte aligned, with gaps between, so that a step beyond an array never lands in its neighbour.
"""

from __future__ import annotations

import ctypes
import math
import mmap
import weakref
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import index
from typing import Any

import numpy as np

from alicuda.emulator.abi import Launch, Range
from alicuda.emulator.debug_info import Variable
from alicuda.errors import InputError

ALIGNMENT = 256  # of what cudaMalloc returns
GAP = 1 << 20  # bytes between two arrays of the checked build; never touched, so they take no memory

# One byte for each byte of an array that `empty` made: 1 once a kernel has written it. By the id of the living array.
# What NumPy has written since is no longer 0xFF, which the runtime looks at too.
_marks: dict[int, np.ndarray] = {}


def empty(shape: Any, dtype: Any = np.float32) -> np.ndarray:
    """An array as cudaMalloc would return it: nobody has written it. Filled with 0xFF bytes: NaN, and -1 for integers.

    The checked build reports a kernel that reads an element before anyone has written it.
    """
    dtype, shape = _dtype(dtype), _shape(shape)
    try:
        raw = np.full(math.prod(shape) * dtype.itemsize + ALIGNMENT, 0xFF, np.uint8)
    except (MemoryError, ValueError):
        raise InputError(f"There is no memory for an array of shape {shape}.") from None
    size = raw.nbytes - ALIGNMENT
    start = -raw.ctypes.data % ALIGNMENT
    array = raw[start : start + size].view(dtype).reshape(shape)
    root = _root(array)
    _marks[id(root)] = np.zeros(root.nbytes, np.uint8)
    weakref.finalize(root, _marks.pop, id(root), None)
    return array


def _dtype(dtype: Any) -> np.dtype[Any]:
    try:
        found = np.dtype(dtype)
    except TypeError:
        found = np.dtype(object)
    if found.kind not in "biufc":
        raise InputError(f"an array of the emulator's has numbers as elements, not {dtype!r}.")
    return found


def _shape(shape: Any) -> tuple[int, ...]:
    try:
        sizes = tuple(map(index, shape if isinstance(shape, Iterable) else (shape,)))
    except TypeError:
        raise InputError(f"a shape is a whole number or several, not {shape!r}.") from None
    if min(sizes, default=0) < 0:
        raise InputError(f"a shape has no negative sizes, as {shape!r} has.")
    return sizes


def _root(array: np.ndarray) -> np.ndarray:
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


def _written(array: np.ndarray) -> np.ndarray | None:
    """The marks of a contiguous array; None where it counts as written because `empty` did not make it."""
    root = _root(array)
    marks = _marks.get(id(root))
    if marks is None:
        return None
    first = array.ctypes.data - root.ctypes.data
    return marks[first : first + array.nbytes]


def _bytes(array: np.ndarray) -> np.ndarray:
    return array.reshape(-1).view(np.uint8)


@dataclass
class Placed:
    """An array argument of a launch, and where its kernel sees it."""

    name: str
    array: np.ndarray
    address: int  # of its first element, for the kernel
    read_only: bool


class Arena:
    """Copies of a launch's arrays, apart from one another; views of one memory stay views of one memory."""

    def __init__(self, names: Sequence[str], arrays: Sequence[np.ndarray], read_only: Sequence[bool]) -> None:
        segments = _segments(arrays)
        self.memory = mmap.mmap(-1, sum(GAP + ALIGNMENT + stop - start for start, stop, _, _ in segments) + 2 * GAP)
        base = self.start = ctypes.addressof(ctypes.c_char.from_buffer(self.memory))
        self.placed: list[Placed] = []
        place, at = base + GAP, {}
        for start, stop, root, members in segments:
            place += (start - root - place) % ALIGNMENT  # as far from a multiple of 256 as in its own allocation
            at.update({i: place + arrays[i].ctypes.data - start for i in members})
            place += stop - start + GAP
        for i, (name, array, fixed) in enumerate(zip(names, arrays, read_only, strict=True)):
            placed = Placed(name, array, at[i], fixed)
            self.placed.append(placed)
            self._view(placed)[...] = _bytes(array)
        self.written = [_written(array) for array in arrays]

    def _view(self, placed: Placed) -> np.ndarray:
        return np.frombuffer(self.memory, np.uint8, placed.array.nbytes, placed.address - self.start)

    def lend_to(self, launch: Launch, shared_arrays: Sequence[Variable]) -> None:
        """Tell a launch the ranges that its kernel may touch."""
        rows = [
            Range(p.address, p.array.nbytes, None if w is None else w.ctypes.data)
            for p, w in zip(self.placed, self.written, strict=True)
        ]
        shared = [Range(array.offset, array.size, None) for array in shared_arrays]
        launch.ranges, launch.range_count = (Range * len(rows))(*rows), len(rows)
        launch.shared, launch.shared_count = (Range * len(shared))(*shared), len(shared)

    def copy_back(self) -> None:
        """Give the arrays what the kernel has written."""
        for placed in self.placed:
            if not placed.read_only:
                _bytes(placed.array)[...] = self._view(placed)


def _segments(arrays: Sequence[np.ndarray]) -> list[tuple[int, int, int, list[int]]]:
    """Arrays that overlap, together: (start, stop, address of the memory they are views of, which arrays)."""
    segments: list[tuple[int, int, int, list[int]]] = []
    for i in sorted(range(len(arrays)), key=lambda i: arrays[i].ctypes.data):
        start, stop = arrays[i].ctypes.data, arrays[i].ctypes.data + arrays[i].nbytes
        if segments and start < segments[-1][1]:
            before = segments[-1]
            segments[-1] = (before[0], max(stop, before[1]), before[2], [*before[3], i])
        else:
            root = _root(arrays[i])
            segments.append((start, stop, root.ctypes.data if id(root) not in _marks else _aligned(root), [i]))
    return segments


def _aligned(root: np.ndarray) -> int:
    """Where an array that `empty` made begins in its memory."""
    return root.ctypes.data + -root.ctypes.data % ALIGNMENT
