"""The ladders: one problem solved again and again, each step mending the flaw that the header of the one before names.

The kernels are in `kernels/ladders/NAME/`, a numbered file a step; the files here say how each step is launched, and
what its result should be. `python -m alicuda.bench ladder NAME` measures them.
"""

from __future__ import annotations

from importlib import import_module

from alicuda.errors import InputError
from alicuda.ladders.ladder import Ladder, Launch, Problem, Step

__all__ = ["NAMES", "Ladder", "Launch", "Problem", "Step", "get"]

NAMES = ("matmul", "conv2d", "reduction", "transpose")


def get(name: str) -> Ladder:
    """A ladder by name. InputError, naming those there are, where there is none."""
    if name not in NAMES:
        raise InputError(f"there is no ladder {name}; there are: {', '.join(NAMES)}.")
    ladder: Ladder = import_module(f"alicuda.ladders.{name}").LADDER
    return ladder
