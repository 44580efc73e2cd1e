"""What `quick` and `paper` mean."""

from __future__ import annotations

from typing import Any, NamedTuple

from alicuda.errors import InputError

NAMES = ("quick", "paper")


class Preset(NamedTuple):
    """Options that differ from the experiment's own, and how long to train: steps, or None for the epochs option."""

    options: dict[str, Any]
    steps: int | None


# A quarter of the channels, a small code, and a larger rate: what two CPU cores can teach in about five minutes. With
# 1,000 or 10,000 digits the official widths and rate learn nothing visible in that time (benchmarks/quick.md).
QUICK = {
    "svhn": Preset(
        {"width": 0.25, "code": 32, "batch_size": 32, "lr": 5e-4, "init_std": 0.05, "train_split": "train"}, 6000
    ),
    "celeba": Preset({"width": 0.125, "code": 32, "batch_size": 16, "lr": 5e-4, "init_std": 0.05}, 1500),
}


def get(name: str, experiment: str) -> Preset:
    """The preset of that name for an experiment. InputError for an unknown name."""
    if name not in NAMES:
        raise InputError(f"unknown preset {name!r}: choose one of {', '.join(NAMES)}.")
    return QUICK[experiment] if name == "quick" else Preset({}, None)
