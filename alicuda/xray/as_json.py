"""A report as one object of JSON: docs/xray.md describes each field."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

from alicuda.xray.report import Line, Report, Step


def as_json(report: Report, trace: bool = False) -> dict[str, Any]:
    """What `--json` prints, of plain Python values; with the traced warp's steps if they were asked for."""
    told = {
        "kernel": report.kernel,
        "grid": list(report.grid),
        "block": list(report.block),
        "lines": [_line(line) for line in report.lines],
        "totals": _plain(report.totals),
        "races": _plain(report.races),
        "out_of_bounds": _plain(report.out_of_bounds),
        "uninitialised": _plain(report.uninitialised),
        "divergent_barriers": _plain(report.divergent_barriers),
    }
    if trace:
        told["trace"] = [_step(number, step) for number, step in enumerate(report.trace, 1)]
        told["steps_left_out"] = report.steps_left_out
    return told


def _line(line: Line) -> dict[str, Any]:
    on_global = line.space == "global"
    names = ("file", "line", "column", "source", "array", "space", "op", "bytes", "requests", "lanes")
    return {name: getattr(line, name) for name in names} | {
        "sectors": line.sectors if on_global else None,
        "sectors_per_request": line.sectors_per_request if on_global else None,
        "ideal_sectors_per_request": line.ideal_sectors_per_request if on_global else None,
        "bank_ways_max": None if on_global else line.bank_ways_max,
        "bank_ways_mean": None if on_global else line.bank_ways_mean,
        "wavefronts": None if on_global else line.wavefronts,
        "ideal_wavefronts": None if on_global else line.ideal_wavefronts,
        "efficiency": line.efficiency,
    }


def _step(number: int, step: Step) -> dict[str, Any]:
    return {
        "step": number,
        "file": step.file,
        "line": step.line,
        "what": step.what,
        "lanes": active(step.lanes),
        "array": step.array,
        "offsets": step.offsets if step.array is not None else None,
    }


def active(mask: int) -> list[int]:
    """The lanes of a mask."""
    return [lane for lane in range(32) if mask >> lane & 1]


def _plain(value: Any) -> Any:
    """Lists, dicts, texts and numbers; JSON has no infinite ones."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        value = dataclasses.asdict(value)
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
