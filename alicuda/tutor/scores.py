"""The reader's last and best scores, in a small file in the user's cache.

$ALICUDA_SCORES names another file; where it is empty nothing is kept, as when the pages are built.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import replace
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


def read() -> dict[str, Any]:
    """By the exercise's id: `right` (whether it has been solved), `last` and `best` by unit."""
    try:
        file = path()
        kept = json.loads(file.read_text(encoding="utf-8")) if file else {}
    except (OSError, ValueError, RuntimeError):  # not there, damaged, or no home
        return {}
    return _table(kept)


def _table(kept: Any) -> dict[str, Any]:
    """What should be a table, and in a damaged file may be anything."""
    return kept if isinstance(kept, dict) else {}


def remember(report: Report) -> Report:
    """Keep a report's scores; returns the report with the last ones entered."""
    file = path()
    if file is None or report.missing:
        return report
    everything = read()
    own = _table(everything.get(report.exercise))
    last, best = _table(own.get("last")), _table(own.get("best"))
    told = replace(report, scores=[replace(score, last=last.get(score.unit)) for score in report.scores])
    now = {score.unit: score.value for score in report.scores}
    if report.right:
        best = {unit: min(value, best.get(unit, value)) for unit, value in now.items()}
    everything[report.exercise] = {"right": report.right or own.get("right", False), "last": now or last, "best": best}
    with suppress(Exception):  # a full disk is no reason to hide the report
        files.make_directory(file.parent)
        files.write_text(file, json.dumps(everything, indent=1, sort_keys=True))
    return told
