"""The launches that an answer's kernel is tried with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any

import numpy as np

from alicuda.kernel_source import Signature
from alicuda.launch_limits import Size
from alicuda.tutor.report import number


@dataclass(frozen=True)
class Launch:
    """One launch: its size, the arguments in the kernel's order, and by name what arrays must then hold.

    `expected` is computed in float64. Arrays that are not named in it must stay as they were. `note` is said with
    what went wrong.
    """

    grid: Size
    block: Size
    arguments: Sequence[Any]
    expected: Mapping[str, Any]
    rtol: float = 1e-5
    atol: float = 1e-6
    shared: int = 0
    defines: Mapping[str, int] = field(default_factory=dict)
    note: str = ""

    def words(self, signature: Signature) -> str:
        """The launch as a reader would describe it."""
        numbers = [
            f"{parameter.name} = {number(value)}"
            for parameter, value in zip(signature.parameters, self.arguments, strict=True)
            if not parameter.pointer
        ]
        blocks, threads = _size(self.grid), _size(self.block)
        one = "block" if prod(_three(self.grid)) == 1 else "blocks"
        return ", ".join([f"{blocks} {one} of {threads} threads", *numbers, *filter(None, [self.note])])


def _three(size: Size) -> tuple[int, ...]:
    return (size,) if isinstance(size, int) else tuple(size)


def _size(size: Size) -> str:
    return " x ".join(map(str, _three(size)))


def random(*shape: int, seed: int) -> np.ndarray:
    """Normally distributed float32, the same for each seed."""
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)
