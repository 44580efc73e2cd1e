"""What `quick` and `paper` mean."""

from __future__ import annotations

from typing import Any, NamedTuple

from alicuda.errors import InputError

NAMES = ("quick", "paper")


class Preset(NamedTuple):
    """Options that differ from the experiment's own, and how long to train: steps, or None for the epochs option."""

    options: dict[str, Any]
    steps: int | None


# What two CPU cores can teach in about five minutes: with 1,000 or 10,000 digits the official widths, rate and initial
# weights learn nothing visible in that time. How these were found: benchmarks/README.md.
LIVELY = {"lr": 5e-4, "init_std": 0.1, "slope": 0.2, "dropout_scale": 0.5}
QUICK = {
    "svhn": Preset({"width": 0.25, "code": 32, "batch_size": 32, **LIVELY, "train_split": "train"}, 3000),
    "mixture": Preset({"grid": 3, "width": 0.16, "batch_size": 200, "lr": 1e-3, "init_std": 0.3, "beta1": 0.5}, 2000),
    "celeba": Preset({"width": 0.125, "code": 32, "batch_size": 16, **LIVELY}, 1200),
}


def get(name: str, experiment: str) -> Preset:
    """The preset of that name for an experiment. InputError if there is none."""
    if name not in NAMES:
        raise InputError(f"unknown preset {name!r}: choose one of {', '.join(NAMES)}.")
    if name == "quick" and experiment not in QUICK:
        raise InputError(f"{experiment} has no quick preset, only {' and '.join(QUICK)} have: choose paper.")
    return QUICK[experiment] if name == "quick" else Preset({}, None)
