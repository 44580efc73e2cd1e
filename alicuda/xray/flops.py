"""How many FLOPs a launch does, counted by running it with numbers that count (`emulator/cpp/counting.h`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from alicuda import emulator
from alicuda.emulator import KernelError
from alicuda.errors import InputError
from alicuda.kernel_source import Source
from alicuda.launch_limits import Size


def count(
    source: Source,
    kernel: str,
    grid: Size,
    block: Size,
    args: Sequence[Any],
    shared: int = 0,
    blocks: Sequence[int] | None = None,
) -> int | None:
    """The FLOPs of a launch, or of some of its blocks; None where they are unknown.

    An addition, a subtraction, a product, a quotient, a mathematical function and an atomicAdd of real numbers count 1,
    an fma 2; comparing, min and max, rounding, converting and changing a sign count 0. The arrays stay as they are.
    Unknown are those of a kernel that does not compile with such numbers, or that fails. Raises InputError for what
    cannot be launched.
    """
    source.signature(kernel).check(args)
    try:
        program = emulator.compile(source, "counting")
    except InputError:  # of the numbers; what does not compile at all, the other builds tell
        return None
    try:
        return program.kernel(kernel).flops(grid, block, args, shared, blocks)
    except KernelError:
        return None
