"""The ladder of the transposed matrix: no arithmetic, only where the numbers are read and written."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from alicuda.errors import InputError
from alicuda.ladders.ladder import Ladder, Launch, Problem, Size, Step, positive

TILE = 32  # a block moves TILE x TILE numbers


def size_of(size: Size) -> Size:
    return positive("transpose", size, "R,C")


def problem(size: Size) -> Problem:
    size = size_of(size)
    x = np.random.default_rng(0).standard_normal(size, np.float32)
    return Problem(size, {"x": x}, x.T.astype(float), 0, 2 * x.nbytes)


def _step(name: str, changed: str, floats: int = 1) -> Step:
    """A step whose threads move `floats` neighbours at once."""

    def launches(size: Size) -> list[Launch]:
        R, C = size_of(size)
        if R % floats or C % floats:
            raise InputError(
                f"{name} moves {floats} numbers at once, so R and C must be multiples of {floats}, not {R} and {C}: "
                "take 03_padded."
            )
        return [Launch("transpose", (-(-C // TILE), -(-R // TILE)), (TILE // floats, TILE), ("x", "out", R, C))]

    return Step(Path("ladders/transpose") / f"{name}.cu", changed, launches)


LADDER = Ladder(
    name="transpose",
    title="Transposed matrix",
    steps=(
        _step("01_naive", "reads rows, writes columns"),
        _step("02_tiled", "a tile in shared memory, rows on both sides"),
        _step("03_padded", "rows of 33 words in the tile"),
        _step("04_swizzled", "swizzled instead of padded, 16 bytes a request", floats=4),
    ),
    problem=problem,
    table_size=(512, 512),
    gpu_size=(8192, 8192),
)
