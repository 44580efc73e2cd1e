"""The size of a launch: grids and blocks as three numbers, within what every CUDA card since 2012 can do."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from operator import index
from typing import Any

import numpy as np

from alicuda.errors import InputError

AXES = "xyz"
GRID = (2**31 - 1, 65535, 65535)
BLOCK = (1024, 1024, 64)
THREADS = 1024  # in a block
SHARED_BYTES = 48 * 1024  # that a block gets without asking the driver for more

Size = int | Sequence[int]


def three(size: Size, name: str) -> tuple[int, int, int]:
    """A grid or block, an int or up to three of them, as (x, y, z)."""
    size = size.tolist() if isinstance(size, np.ndarray) else size
    sizes = [
        _whole(s, f"a {name} has whole numbers as sizes")
        for s in (size if isinstance(size, (tuple, list)) else (size,))
    ]
    if not 1 <= len(sizes) <= 3:
        raise InputError(f"a {name} has one to three sizes, not {len(sizes)}.")
    x, y, z = (*sizes, 1, 1)[:3]
    return x, y, z


def _whole(value: Any, expected: str) -> int:
    try:
        return index(value)
    except TypeError:
        raise InputError(f"{expected}, not {value!r}.") from None


def check(kernel: str, grid: Size, block: Size, shared: int = 0) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    """Grid and block as (x, y, z) each. InputError, one sentence, for what no card would launch."""
    sizes = []
    for name, size, limits in (("grid", grid, GRID), ("block", block, BLOCK)):
        found = three(size, name)
        for axis, count, limit in zip(AXES, found, limits, strict=True):
            if not 1 <= count <= limit:
                raise InputError(f"{kernel}: the {name}'s {axis} is {count}; it can be 1 to {limit}.")
        sizes.append(found)
    if prod(sizes[1]) > THREADS:
        raise InputError(f"{kernel}: a block of {sizes[1]} has {prod(sizes[1])} threads; it can have {THREADS}.")
    if not 0 <= _whole(shared, f"{kernel}: dynamic shared memory is a whole number of bytes") <= SHARED_BYTES:
        raise InputError(f"{kernel}: {shared} bytes of dynamic shared memory; it can be 0 to {SHARED_BYTES}.")
    return sizes[0], sizes[1]
