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
from pathlib import Path
from typing import Any

from alicuda import files
from alicuda.errors import InputError

FORMAT = "alicuda run 1"
PICTURES = ("samples", "reconstructions")


def create(run: Path, config: dict[str, Any]) -> None:
    """Make the directory with its config. InputError if it holds a run already, or cannot be made."""
    if (run / "config.json").exists():
        raise InputError(f"{run} already holds a run; continue it with --resume {run}, or give another --out.")
    files.make_directory(run)
    write_config(run, config)


def write_config(run: Path, config: dict[str, Any]) -> None:
    files.write_text(run / "config.json", json.dumps({"format": FORMAT, **config}, indent=2) + "\n")


def read_config(run: Path) -> dict[str, Any]:
    """The config of a run. InputError if `run` is no run directory."""
    path = run / "config.json"
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"{run} is not a run directory: it has no config.json.") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read as JSON ({error}).") from None
    if not isinstance(config, dict) or config.get("format") != FORMAT:
        raise InputError(f"{path} is not the config of a run of this version of alicuda.")
    return config


def read_metrics(run: Path) -> list[dict[str, Any]]:
    """All whole lines; a last line that a kill cut short is left out."""
    path = run / "metrics.jsonl"
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    return [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]


def append_metrics(run: Path, line: dict[str, Any]) -> None:
    try:
        with open(run / "metrics.jsonl", "a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
    except OSError as error:
        raise InputError(f"could not write {run / 'metrics.jsonl'} ({error.strerror or error}).") from None


def picture_path(run: Path, kind: str, step: int) -> Path:
    return run / kind / f"{step:08d}.png"


def rewind(run: Path, step: int) -> list[dict[str, Any]]:
    """Drop what was logged and drawn after `step`, and what a kill left half-written. Returns the metrics kept."""
    for partial in run.rglob("*" + files.TEMPORARY):
        partial.unlink()
    metrics = [line for line in read_metrics(run) if line["step"] <= step]
    files.write_text(run / "metrics.jsonl", "".join(json.dumps(line) + "\n" for line in metrics))
    for kind in PICTURES:
        for picture in (run / kind).glob("*.png"):
            if int(picture.stem) > step:
                picture.unlink()
    return metrics
