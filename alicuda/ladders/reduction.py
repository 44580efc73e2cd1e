"""The ladder of the sum of n floats: a tree of additions, and who makes them."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np

from alicuda.errors import InputError
from alicuda.ladders.ladder import Ladder, Launch, Problem, Size, Step, whole

THREADS = 256  # of a block
MOST_BLOCKS = 1024  # that steps with many numbers a thread start: nearly 8 on each multiprocessor of an H100
FEWEST = 8  # numbers that one of their threads is started for
MOST = 2**30  # floats, so that a kernel's int never overflows


def count(size: Size) -> int:
    (n,) = whole("reduction", size, "n,")
    if not 1 <= n <= MOST:
        raise InputError(f"reduction adds up 1 to {MOST} floats, not {n}: take a size in between.")
    return n


def problem(size: Size) -> Problem:
    """Whole numbers of both signs, none of them 0. The order of additions does not matter to them: all their sums are
    exact in float32, and one number that is missing shows among millions."""
    n = count(size)
    random = np.random.default_rng(1)
    x = random.integers(1, 9, n) * random.choice([-1, 1], n)
    return Problem(size, {"x": x.astype(np.float32)}, np.array([x.sum()], float), n - 1, 4 * n + 4)


def one_each(n: int) -> int:
    return -(-n // THREADS)


def two_each(n: int) -> int:
    return -(-n // (2 * THREADS))


def many_each(n: int) -> int:
    return min(MOST_BLOCKS, -(-n // (FEWEST * THREADS)))


def _arrays(blocks: Callable[[int], int], size: Size) -> list[tuple[str, int]]:
    """Where the numbers are before each launch and after the last, and how many of them."""
    n = count(size)
    between: list[tuple[str, int]] = []
    left = blocks(n)
    while left > 1:
        between.append((f"sums{len(between) + 1}", left))
        left = blocks(left)
    return [("x", n), *between, ("out", left)]


def _step(name: str, changed: str, blocks: Callable[[int], int]) -> Step:
    """A step that starts `blocks(n)` blocks for n numbers, and adds up what they leave until one number is left."""

    def launches(size: Size) -> list[Launch]:
        return [
            Launch("reduce", after, THREADS, (source, target, before))
            for (source, before), (target, after) in pairwise(_arrays(blocks, size))
        ]

    def scratch(size: Size) -> dict[str, int]:
        return dict(_arrays(blocks, size)[1:-1])

    return Step(Path("ladders/reduction") / f"{name}.cu", changed, launches, scratch)


LADDER = Ladder(
    name="reduction",
    title="Sum",
    steps=(
        _step("01_interleaved_divergent", "a tree, every 2nd, 4th, 8th thread adds", one_each),
        _step("02_interleaved_strided", "the first threads add, places far apart", one_each),
        _step("03_sequential", "the first threads add, places side by side", one_each),
        _step("04_first_add", "2 numbers a thread", two_each),
        _step("05_last_warp", "the last warp without barriers", two_each),
        _step("06_grid_stride", "many numbers a thread", many_each),
        _step("07_shuffle", "warp shuffles", many_each),
    ),
    problem=problem,
    table_size=(2**18,),
    gpu_size=(2**26,),
)
