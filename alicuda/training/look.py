"""Looks at a model: health figures into the log, pictures and curves onto the disk. Of pictures, or of points."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from alicuda.data.mixture import Mixture
from alicuda.data.pictures import Pictures
from alicuda.models.ali import ALI
from alicuda.training import health, pictures, points, run_directory
from alicuda.training.schedule import duration

SHOWN = 32  # test pictures in a reconstruction grid


class Look:
    """The log of a run. `of` makes the one for its data."""

    def __init__(self, model: ALI, run: Path, metrics: list[dict[str, Any]]):
        self.model, self.run, self.metrics = model, run, metrics

    def log(self, line: dict[str, Any]) -> None:
        self.metrics.append(line)
        run_directory.append_metrics(self.run, line)

    def take(self, step: int, clock: dict[str, float]) -> str:
        """Log the figures, write the pictures; returns a line for the terminal."""
        raise NotImplementedError


def of(model: ALI, data: Pictures | Mixture, run: Path, metrics: list[dict[str, Any]]) -> Look:
    if isinstance(data, Mixture):
        return LookAtPoints(model, data, run, metrics)
    return LookAtPictures(model, data, run, metrics)


class LookAtPictures(Look):
    def __init__(self, model: ALI, data: Pictures, run: Path, metrics: list[dict[str, Any]]):
        super().__init__(model, run, metrics)
        self.name = "" if data.name == "svhn" else f" ({data.name})"
        self.test = data.test
        self.mean_picture = data.train.mean(axis=0) / 255
        self.data_std = health.pixel_std(data.train[:10_000]) / 255

    def take(self, step: int, clock: dict[str, float]) -> str:
        figures = health.evaluate(self.model, self.test, self.mean_picture, self.data_std, step)
        self.log({"step": step, "kind": "health", **figures, "time": clock})
        samples = pictures.sample_grid(self.model, 64, self.model.seed, f"samples, step {step:,}{self.name}")
        pictures.save(samples, run_directory.picture_path(self.run, "samples", step))
        if self.model.encodes:
            caption = f"test pictures, each beside its reconstruction, step {step:,}{self.name}"
            pairs = pictures.reconstruction_grid(self.model, self.test[:SHOWN], caption)
            pictures.save(pairs, run_directory.picture_path(self.run, "reconstructions", step))
        pictures.curves(self.metrics, self.run / "curves.png", f"{self.run.name}{self.name}")
        return (
            f"{_opinions(step, figures)}{self._encoder(figures)}  sample std {figures['sample_std']:.3f} "
            f"(data {self.data_std:.3f})  {duration(clock['seconds'])}"
        )

    def _encoder(self, figures: dict[str, float]) -> str:
        if not self.model.encodes:
            return ""
        return (
            f"  sigma {figures['sigma_mean']:.2f}  mse {figures['mse']:.4f}  pair_ratio {figures['pair_ratio']:.3f}  "
            f"contrast_ratio {figures['contrast_ratio']:.3f}"
        )


class LookAtPoints(Look):
    def __init__(self, model: ALI, data: Mixture, run: Path, metrics: list[dict[str, Any]]):
        super().__init__(model, run, metrics)
        self.data = data

    def take(self, step: int, clock: dict[str, float]) -> str:
        centres = self.data.centres
        seen = points.seen_by(self.model, self.data)
        figures = points.evaluate(self.model, seen, centres)
        self.log({"step": step, "kind": "health", **figures, "time": clock})
        title = f"{self.model.kind.upper()}, step {step:,}: {figures['modes']} of {len(centres)} modes"
        points.save(points.figure(seen, centres, title), run_directory.picture_path(self.run, "samples", step))
        points.curves(self.metrics, self.run / "curves.png", self.run.name, len(centres))
        encoder = f"  mse {figures['mse']:.3f}" if self.model.encodes else ""
        return (
            f"{_opinions(step, figures)}  modes {figures['modes']} of {len(centres)}  "
            f"high quality {100 * figures['high_quality']:.1f} %  reverse KL {figures['reverse_kl']:.3f}{encoder}  "
            f"{duration(clock['seconds'])}"
        )


def _opinions(step: int, figures: dict[str, float]) -> str:
    return f"step {step:>6,}  D(real) {figures['d_real']:.2f}  D(fake) {figures['d_fake']:.2f}"


def floats(batch: np.ndarray) -> np.ndarray:
    """A batch as a model takes it: bytes become numbers in [0, 1], points stay what they are."""
    return batch.astype(np.float32) / 255 if batch.dtype == np.uint8 else batch
