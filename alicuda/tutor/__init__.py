"""The exercises of the book: `check` measures an answer; the rest is what an exercise's check.py is written with.

    from alicuda.tutor import check

    check("02a", answer)  # a report; nothing is raised

How an exercise is written: tutorials/exercises/README.md.
"""

from __future__ import annotations

from alicuda.emulator import empty
from alicuda.tutor.checking import check
from alicuda.tutor.expecting import left_out, measure, require, same
from alicuda.tutor.launches import Launch, random
from alicuda.tutor.measures import ANY, barriers, bytes_moved, requests, sectors, ways

__all__ = [
    "ANY",
    "Launch",
    "barriers",
    "bytes_moved",
    "check",
    "empty",
    "left_out",
    "measure",
    "random",
    "requests",
    "require",
    "same",
    "sectors",
    "ways",
]
