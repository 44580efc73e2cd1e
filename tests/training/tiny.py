"""Runs small enough for tests: ten pictures of noise, 37,000 parameters, a look every fourth step."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import scipy.io

DRIVER = Path(__file__).with_name("driver.py")
MODEL = ["--set", "width=0.06", "--set", "code=4", "--batch-size", "4"]
STEPS = 10  # logged every 2, looked at every 4: the last look is off the schedule; an epoch has 3 steps


def make_svhn(folder: Path, train: int = 10, test: int = 4, seed: int = 0) -> Path:
    """The two files of SVHN's format 2, filled with noise."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    for name, n in (("train", train), ("test", test)):
        pictures = rng.integers(0, 256, (32, 32, 3, n), np.uint8)
        scipy.io.savemat(folder / f"{name}_32x32.mat", {"X": pictures, "y": np.full((n, 1), 1, np.uint8)})
    return folder


def arguments(svhn: Path, *more: object) -> list[str]:
    return ["svhn", "--data", str(svhn), *MODEL, *map(str, more)]


def drive(cwd: Path, moment: object, argv: list[str], timeout: float = 120) -> subprocess.CompletedProcess:
    """`python -m alicuda.train` ARGV in `cwd` as a process that kills itself at `moment` (see driver.py)."""
    cwd.mkdir(parents=True, exist_ok=True)
    return subprocess.run(command(moment, argv), cwd=cwd, capture_output=True, text=True, timeout=timeout)


def command(moment: object, argv: list[str]) -> list[str]:
    return [sys.executable, str(DRIVER), str(moment), *argv]


def metrics(run: Path) -> list[dict]:
    return [json.loads(line) for line in (run / "metrics.jsonl").read_text("utf-8").splitlines()]


def content(run: Path) -> dict[str, object]:
    """Everything in a run directory but time: bytes, and for the two JSON files what they say."""
    found: dict[str, object] = {}
    for path in sorted(run.rglob("*")):
        name = path.relative_to(run).as_posix()
        if path.is_dir():
            continue
        if name == "config.json":
            config = json.loads(path.read_text("utf-8"))
            del config["time"], config["commit"]  # the checkout may be worked on while the tests run
            found[name] = config
        elif name == "metrics.jsonl":
            found[name] = [{k: v for k, v in line.items() if k != "time"} for line in metrics(run)]
        else:
            found[name] = path.read_bytes()
    return found


def assert_same_run(run: Path, reference: Path) -> None:
    one, other = content(run), content(reference)
    assert one.keys() == other.keys()
    differ = [name for name in one if one[name] != other[name]]
    assert not differ, f"{differ} differ between {run} and {reference}"


def steps_of(run: Path, kind: str) -> list[int]:
    """The steps in the names of a run's files."""
    return sorted(int(path.stem.removeprefix("step-")) for path in (run / kind).iterdir())
