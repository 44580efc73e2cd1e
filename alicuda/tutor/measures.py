"""What is measured of a kernel that computes the right thing: one function each, for check.py's MEASURED."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from alicuda.tutor.hazards import line_of
from alicuda.tutor.report import number
from alicuda.xray.report import Line, Report

ANY = math.inf  # as `enough`: shown, and never wrong


@dataclass(frozen=True)
class Found:
    value: float
    does: str  # what that line, or the kernel, does: "moves 32 sectors per request"
    at: Line | None = None  # if it is one line's doing


@dataclass(frozen=True)
class Measure:
    """`best`: the best possible, which nobody can beat; None: what our solution reaches. Above `enough`, the best
    unless given, the answer is not right."""

    kind: str
    unit: str
    find: Callable[[Report], Found]
    best: float | None
    enough: float | None

    def sentence(self, found: Found) -> str:
        """Without the best, for a reader may be asked to predict it."""
        who = "the kernel" if found.at is None else line_of(found.at.file, found.at.line)
        return f"The result is right, but {who} {found.does}. It can be done with less."


def sectors(best: float | None = None, enough: float | None = None, op: str | None = None) -> Measure:
    """Sectors per request of the worst access to global memory. An access of 16 bytes a lane counts a quarter.

    `op`: of the worst "load" or "store" only.
    """

    def find(report: Report) -> Found:
        lines = [line for line in report.lines if line.space == "global" and op in (None, line.op)]
        if not lines:
            return Found(0, "does not touch global memory")
        worst = max(lines, key=_per_number)
        return Found(_per_number(worst), f"moves {number(worst.sectors_per_request)} sectors per request", worst)

    return Measure("uncoalesced", f"sectors per {op or 'request'}", find, best, enough)


def _per_number(line: Line) -> float:
    return line.sectors_per_request * 4 / line.bytes


def bytes_moved(best: float | None = None, enough: float | None = None) -> Measure:
    """Bytes that all requests to global memory move, 32 a sector."""

    def find(report: Report) -> Found:
        moved = report.totals["global_bytes"]
        return Found(moved, f"moves {moved:,} bytes")

    return Measure("too_many_bytes", "bytes moved", find, best, enough)


def requests(best: float | None = None, enough: float | None = None) -> Measure:
    """Requests to global memory."""

    def find(report: Report) -> Found:
        made = report.totals["global_requests"]
        return Found(made, f"makes {made:,} requests to global memory")

    return Measure("too_many_requests", "requests", find, best, enough)


def ways(best: float | None = 1, enough: float | None = None) -> Measure:
    """The worst conflict in the banks of shared memory; 1 is none."""

    def find(report: Report) -> Found:
        lines = [line for line in report.lines if line.space == "shared"]
        if not lines:
            return Found(1, "does not touch shared memory")
        worst = max(lines, key=lambda line: line.bank_ways_max)
        return Found(worst.bank_ways_max, f"has a {worst.bank_ways_max}-way bank conflict", worst)

    return Measure("bank_conflicts", "ways in the worst bank conflict (1 is none)", find, best, enough)


def barriers(best: float | None = None, enough: float | None = None) -> Measure:
    """`__syncthreads()` that a thread comes to."""

    def find(report: Report) -> Found:
        met = report.totals["barriers_per_thread"]
        return Found(met, f"waits at {number(met)} barriers a thread")

    return Measure("too_many_barriers", "barriers a thread", find, best, enough)
