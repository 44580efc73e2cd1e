"""The reader's last and best scores, in a small file in the user's cache.

$ALICUDA_SCORES names another file; where it is empty nothing is kept, as when the pages are built.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from alicuda import files
from alicuda.tutor.report import Report

VARIABLE = "ALICUDA_SCORES"


def path() -> Path | None:
    named = os.environ.get(VARIABLE)
    if named is not None:
        return Path(named) if named else None
    shared = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(os.environ.get("ALICUDA_CACHE") or shared / "alicuda") / "exercises.json"


@dataclass(frozen=True)
class Kept:
    """What is known of one exercise; figures by unit."""

    right: bool = False  # whether it has ever been solved
    last: dict[str, float] = field(default_factory=dict)
    best: dict[str, float] = field(default_factory=dict)


def read() -> dict[str, Kept]:
    """What is kept, by the exercise's id; of a damaged file, what can be understood."""
    try:
        file = path()
        everything = json.loads(file.read_text(encoding="utf-8")) if file else {}
    except (OSError, ValueError, RuntimeError):  # not there, damaged, or no home
        return {}
    rows = {name: _table(row) for name, row in _table(everything).items()}
    return {
        name: Kept(row.get("right") is True, _figures(row.get("last")), _figures(row.get("best")))
        for name, row in rows.items()
    }


def _table(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _figures(value: Any) -> dict[str, float]:
    return {unit: figure for unit, figure in _table(value).items() if isinstance(figure, (int, float))}


def remember(report: Report) -> Report:
    """Keep a report's scores; returns the report with the last ones entered."""
    file = path()
    if file is None or report.missing:
        return report
    everything = read()
    before = everything.get(report.exercise, Kept())
    now = {score.unit: score.value for score in report.scores}
    best = before.best
    if report.right:
        best = {unit: min(value, before.best.get(unit, value)) for unit, value in now.items()}
    everything[report.exercise] = Kept(report.right or before.right, now or before.last, best)
    with suppress(Exception):  # a full disk is no reason to hide the report
        files.make_directory(file.parent)
        text = json.dumps({name: asdict(kept) for name, kept in everything.items()}, indent=1, sort_keys=True)
        files.write_text(file, text)
    return replace(report, scores=[replace(score, last=before.last.get(score.unit)) for score in report.scores])
