"""The ladder of the matrix product, C = A B, from a thread an output to a tile of registers a warp."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from alicuda.errors import InputError
from alicuda.ladders.ladder import Ladder, Launch, Problem, Size, Step, positive


def size_of(size: Size) -> Size:
    return positive("matmul", size, "M,N,K")


def problem(size: Size) -> Problem:
    M, N, K = size_of(size)
    random = np.random.default_rng(0)
    a = random.standard_normal((M, K), np.float32)
    b = random.standard_normal((K, N), np.float32)
    return Problem(size, {"a": a, "b": b}, a.astype(float) @ b, 2 * M * N * K, 4 * (M * K + K * N + M * N))


def _step(name: str, changed: str, tile: int, block: int | tuple[int, int], floats: int = 1) -> Step:
    """A step whose blocks of threads make tile x tile numbers of C each, and fetch `floats` neighbours at once."""

    def launches(size: Size) -> list[Launch]:
        M, N, K = size_of(size)
        if N % floats or K % floats:
            raise InputError(
                f"{name} fetches {floats} numbers at once, so N and K must be multiples of {floats}, not {N} and {K}: "
                "fill A and B up with zeros, or take 05_register_tile_2d."
            )
        return [Launch("matmul", (-(-N // tile), -(-M // tile)), block, ("a", "b", "out", M, N, K))]

    return Step(Path("ladders/matmul") / f"{name}.cu", changed, launches)


LADDER = Ladder(
    name="matmul",
    title="Matrix product",
    steps=(
        _step("01_naive", "a thread an output, a warp down a column", 32, (32, 32)),
        _step("02_coalesced", "a warp along a row", 32, (32, 32)),
        _step("03_shared_tile", "tiles in shared memory", 32, (32, 32)),
        _step("04_register_tile_1d", "8 outputs a thread", 64, 512),
        _step("05_register_tile_2d", "8 x 8 outputs a thread", 128, 256),
        _step("06_vectorised", "16 bytes a request", 128, 256, floats=4),
        _step("07_double_buffered", "two buffers, one barrier a tile", 128, 256, floats=4),
        _step("08_warp_tiled", "64 x 64 a warp, 16 x 8 a thread", 128, 128, floats=4),
    ),
    problem=problem,
    table_size=(256, 256, 256),
    gpu_size=(4096, 4096, 4096),
)
