"""What a ladder is: a problem, and steps that solve it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from alicuda import emulator, kernel_source
from alicuda.errors import InputError

Size = tuple[int, ...]


def whole(ladder: str, size: Any, of: str) -> Size:
    """The size of a ladder's problem, as many whole numbers as `of` names. InputError where it is none."""
    numbers = isinstance(size, Sequence) and all(isinstance(n, (int, np.integer)) for n in size)
    if not numbers or len(size) != of.count(",") + (not of.endswith(",")):
        raise InputError(f"{ladder}: a size is ({of}), a tuple of whole numbers, not {size!r}.")
    return tuple(map(int, size))


def positive(ladder: str, size: Any, of: str) -> Size:
    """The same, where none may be below 1."""
    if min(numbers := whole(ladder, size, of)) < 1:
        raise InputError(f"{ladder}: a size is ({of}), each 1 or more, not {size!r}.")
    return numbers


@dataclass(frozen=True)
class Problem:
    """One size of a ladder's problem, with its inputs and the right answer, in float64."""

    size: Size
    inputs: Mapping[str, np.ndarray]
    answer: np.ndarray
    flops: int  # that any solution needs, an fma as 2
    bytes: int  # each input read once, the answer written once


@dataclass(frozen=True)
class Launch:
    """One launch of a step. A text among the arguments is the name of an array: of an input, of `scratch`, or "out"."""

    kernel: str
    grid: int | tuple[int, ...]
    block: int | tuple[int, ...]
    args: tuple[str | int | float, ...]

    def arguments(self, arrays: Mapping[str, Any]) -> list[Any]:
        """The arguments, with the arrays (of `Step.arrays`, or their copies on a GPU) in the places of their names."""
        return [arrays[arg] if isinstance(arg, str) else arg for arg in self.args]


@dataclass(frozen=True)
class Step:
    """One step: the file of its kernels and how they are launched for a size of the problem."""

    file: Path  # below kernels/
    changed: str  # against the step before, in a few words, for the table
    launches: Callable[[Size], list[Launch]]  # InputError, one sentence, for a size that the step does not take
    scratch: Callable[[Size], Mapping[str, int]] = field(default=lambda size: {})  # floats of arrays between launches
    defines: Callable[[Size], Mapping[str, int]] = field(default=lambda size: {})

    @property
    def name(self) -> str:
        """As in its file's name: "03_shared_tile"."""
        return self.file.stem

    @property
    def path(self) -> Path:
        return kernel_source.kernels_folder() / self.file

    def source(self, size: Size) -> kernel_source.Source:
        return kernel_source.load(self.path, self.defines(size))

    def arrays(self, problem: Problem) -> dict[str, np.ndarray]:
        """Copies of the inputs, and unwritten memory for the scratch arrays and for "out", all float32."""
        arrays = {name: array.copy() for name, array in problem.inputs.items()}
        arrays |= {name: emulator.empty(floats) for name, floats in self.scratch(problem.size).items()}
        return arrays | {"out": emulator.empty(problem.answer.shape)}


@dataclass(frozen=True)
class Ladder:
    """A problem's steps, from the one that everybody writes first to the one that is as fast as we know."""

    name: str
    title: str
    steps: tuple[Step, ...]
    problem: Callable[[Size], Problem]  # with random inputs, always the same for a size
    table_size: Size  # that the tables are of: small enough for xray on a laptop
    gpu_size: Size  # large enough that a GPU is busy
