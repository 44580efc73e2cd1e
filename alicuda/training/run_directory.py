"""A run directory: what a run was asked to do, what it measured, and what it made.

config.json           every option, versions, commit, checksum of the pictures
metrics.jsonl         one object a line: kind "train" (mean over the steps since the last line) or "health"
samples/STEP.png      G1 of the same 64 codes
reconstructions/STEP.png   test pictures beside G1(mu) of them
curves.png            the metrics, drawn
checkpoints/step-STEP.safetensors
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from alicuda import files
from alicuda.errors import InputError

FORMAT = "alicuda run 1"
CONFIG, METRICS, CURVES, CHECKPOINTS = "config.json", "metrics.jsonl", "curves.png", "checkpoints"
PICTURES = ("samples", "reconstructions")
KEYS: dict[str, Any] = {  # of config.json, that something reads again
    "command": str, "experiment": str, "source": str, "data": (str, type(None)), "size": int, "preset": str,
    "backend": str, "options": dict, "seed": int, "steps": int, "schedule": dict, "pictures": dict, "time": dict,
}  # fmt: skip


def check_free(run: Path) -> None:
    """InputError if a new run cannot be made in `run`. Nothing is written."""
    if run.exists() and not run.is_dir():
        raise InputError(f"{run} is a file; give a directory with --out.")
    if any((run / name).exists() for name in (CONFIG, METRICS, CHECKPOINTS)):
        raise InputError(f"{run} already holds a run; continue it with --resume {run}, or give another --out.")


def create(run: Path, config: dict[str, Any]) -> None:
    """Make the directory with its config. InputError if it holds a run already, or cannot be made."""
    check_free(run)
    files.make_directory(run)
    write_config(run, config)


def write_config(run: Path, config: dict[str, Any]) -> None:
    files.write_text(run / CONFIG, json.dumps({"format": FORMAT, **config}, indent=2) + "\n")


def read_config(run: Path) -> dict[str, Any]:
    """The config of a run. InputError if `run` is no run directory."""
    path = run / CONFIG
    if not run.is_dir():
        found = "it is a file" if run.exists() else "there is nothing there"
        raise InputError(f"{run} is not a run directory: {found}.")
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"{run} is not a run directory: it has no {CONFIG}.") from None
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{path} cannot be read as JSON ({error}).") from None
    if not isinstance(config, dict) or config.get("format") != FORMAT:
        raise InputError(f"{path} is not the config of a run of this version of alicuda.")
    wrong = [key for key, kinds in KEYS.items() if not isinstance(config.get(key), kinds)]
    if wrong:
        raise InputError(f"{path} is not whole: {', '.join(wrong)} missing or of another type.")
    return config


def read_metrics(run: Path) -> list[dict[str, Any]]:
    """All whole lines; a last line that a kill cut short is left out. InputError if another one is damaged."""
    path = run / METRICS
    try:
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        lines = [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{path} is damaged ({error}).") from None
    for number, line in enumerate(lines, 1):
        try:
            whole = isinstance(line["step"], int) and isinstance(line["kind"], str) and line["time"]["seconds"] >= 0
        except (KeyError, TypeError):
            whole = False
        if not whole:
            raise InputError(f"{path} is damaged: line {number} is none of ours.")
    return lines


def append_metrics(run: Path, line: dict[str, Any]) -> None:
    """JSON has no word for a figure that is not finite: it becomes null."""
    not_finite = {key for key, value in line.items() if isinstance(value, float) and not math.isfinite(value)}
    line = {key: None if key in not_finite else value for key, value in line.items()}
    path = run / METRICS
    try:
        with open(path, "a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
    except OSError as error:
        raise InputError(f"could not write {path} ({error.strerror or error}).") from None


def picture_path(run: Path, kind: str, step: int) -> Path:
    return run / kind / f"{step:08d}.png"


def rewind(run: Path, step: int) -> list[dict[str, Any]]:
    """Drop what was logged and drawn after `step`, and what a kill left half-written. Returns the metrics kept."""
    metrics = [line for line in read_metrics(run) if line["step"] <= step]
    for name in (CONFIG, METRICS, CURVES):
        (run / (name + files.TEMPORARY)).unlink(missing_ok=True)
    for folder in (*PICTURES, CHECKPOINTS):
        for partial in (run / folder).glob("*" + files.TEMPORARY):
            partial.unlink()
    files.write_text(run / METRICS, "".join(json.dumps(line) + "\n" for line in metrics))
    for kind in PICTURES:
        for picture in (run / kind).glob("*.png"):
            if picture.stem.isdecimal() and int(picture.stem) > step:
                picture.unlink()
    return metrics
