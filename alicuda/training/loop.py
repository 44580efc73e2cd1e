"""The training loop: steps, and at set steps a look at the model, pictures, and a checkpoint."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from tqdm import tqdm

from alicuda.data.loader import Loader
from alicuda.data.pictures import Pictures
from alicuda.models.ali import ALI
from alicuda.training import checkpoint, health, pictures, run_directory
from alicuda.training.step import RING_COLUMNS, TrainingStep

PILOT_STEPS = 10  # timed before the expected duration is told
SHOWN = 32  # test pictures in a reconstruction grid


class Schedule(NamedTuple):
    """Totals count from step 0, also after a resume."""

    steps: int
    log_every: int
    look_every: int  # health figures, pictures, checkpoint; a multiple of log_every

    @staticmethod
    def of(steps: int) -> Schedule:
        """A dozen looks a run, one in a thousand steps at least."""
        look_every = max(1, min(steps // 12, 1000))
        log_every = min(10, look_every)
        return Schedule(steps, log_every, look_every - look_every % log_every)


class Outcome(NamedTuple):
    finished: bool
    step: int
    seconds_per_step: float
    failure: str | None  # the sentence about a loss that was not finite


def train(
    training: TrainingStep,
    data: Pictures,
    schedule: Schedule,
    run: Path,
    metrics: list[dict[str, Any]],
    say: Callable[[str], None],
) -> Outcome:
    """Train up to `schedule.steps`, from the step that `training` stands at, logging into the run directory.

    Ctrl-C ends it between two steps with a checkpoint of the step reached.
    """
    model = training.model
    loader = Loader(data.train, model.options.batch_size, training.seed)
    look = _Look(model, data, run, metrics)
    first = training.read_step()
    started, elapsed_before = time.monotonic(), metrics[-1]["time"]["seconds"] if metrics else 0.0

    def clock() -> dict[str, float]:
        return {"seconds": round(elapsed_before + time.monotonic() - started, 3)}

    def speed(done: int) -> float:
        return (time.monotonic() - started) / max(1, done - first)

    if first == 0:
        say(look.take(0, clock()))
        checkpoint.save(training, run, schedule.look_every)
        started = time.monotonic()  # the pilot times steps alone

    with _stop_between_steps() as stop, tqdm(
        total=schedule.steps, initial=first, unit="step", disable=None, file=sys.stderr, dynamic_ncols=True
    ) as bar:
        for step in range(first, schedule.steps):
            batch = loader.batch(step)
            training.run(batch.astype(np.float32) / 255)
            done = step + 1
            bar.update()
            if done == first + PILOT_STEPS:
                left = speed(done) * (schedule.steps - done)
                bar.write(f"expected time: {duration(left)} for {schedule.steps - done:,} more steps", file=sys.stdout)
            last = done == schedule.steps
            if done % schedule.log_every == 0 or last or stop.is_set():
                if not training.healthy():
                    return Outcome(False, training.read_step(), speed(done), _failure(training, loader))
                if done % schedule.log_every == 0 or last:
                    line = {"step": done, "kind": "train", **_means(training, done), "time": clock()}
                    look.log(line)
                    bar.set_postfix_str(_progress(line, model.options.batch_size / speed(done)))
            if done % schedule.look_every == 0 or last:
                bar.write(look.take(done, clock()), file=sys.stdout)
            if done % schedule.look_every == 0 or last or stop.is_set():
                checkpoint.save(training, run, schedule.look_every)
            if stop.is_set() and not last:
                return Outcome(False, done, speed(done), None)
    return Outcome(True, schedule.steps, speed(schedule.steps), None)


class _Look:
    """Looks at the model at a step: health figures into the log, pictures and curves onto the disk."""

    def __init__(self, model: ALI, data: Pictures, run: Path, metrics: list[dict[str, Any]]):
        self.model, self.run, self.metrics = model, run, metrics
        self.name = "" if data.name == "svhn" else f" ({data.name})"
        self.test = data.test
        self.mean_picture = data.train.mean(axis=0) / 255
        self.data_std = health.pixel_std(data.train[:10_000]) / 255

    def log(self, line: dict[str, Any]) -> None:
        self.metrics.append(line)
        run_directory.append_metrics(self.run, line)

    def take(self, step: int, clock: dict[str, float]) -> str:
        figures = health.evaluate(self.model, self.test, self.mean_picture, self.data_std, step)
        self.log({"step": step, "kind": "health", **figures, "time": clock})
        samples = pictures.sample_grid(self.model, 64, self.model.seed, f"samples, step {step:,}{self.name}")
        pictures.save(samples, run_directory.picture_path(self.run, "samples", step))
        caption = f"test pictures, each beside its reconstruction, step {step:,}{self.name}"
        pairs = pictures.reconstruction_grid(self.model, self.test[:SHOWN], caption)
        pictures.save(pairs, run_directory.picture_path(self.run, "reconstructions", step))
        pictures.curves(self.metrics, self.run / "curves.png", f"{self.run.name}{self.name}")
        return (
            f"step {step:>6,}  D(real) {figures['d_real']:.2f}  D(fake) {figures['d_fake']:.2f}  "
            f"sigma {figures['sigma_mean']:.2f}  mse {figures['mse']:.4f}  pair_ratio {figures['pair_ratio']:.3f}  "
            f"contrast_ratio {figures['contrast_ratio']:.3f}  sample std {figures['sample_std']:.3f} "
            f"(data {self.data_std:.3f})  {duration(clock['seconds'])}"
        )


def _means(training: TrainingStep, done: int) -> dict[str, float]:
    """The means of the ring's columns over the steps since the last line of the log."""
    ring = training.backend.to_numpy(training.ring)
    rows = ring[: done % len(ring) or len(ring)]
    return {name: float(value) for name, value in zip(RING_COLUMNS, rows.mean(axis=0, dtype=np.float64), strict=True)}


def _progress(line: dict[str, Any], pictures_per_second: float) -> str:
    return (
        f"D {line['loss_d']:.3f} G {line['loss_g']:.3f} D(real) {line['d_real']:.2f} D(fake) {line['d_fake']:.2f} "
        f"{pictures_per_second:.0f} images/s"
    )


def _failure(training: TrainingStep, loader: Loader) -> str:
    step = training.read_step()
    ring = training.backend.to_numpy(training.ring)
    row = dict(zip(RING_COLUMNS, ring[step % len(ring)], strict=True))
    culprit = training.first_non_finite(loader.batch(step).astype(np.float32) / 255)
    return (
        f"a loss was not finite in step {step + 1}: loss_d = {row['loss_d']:g}, loss_g = {row['loss_g']:g}; "
        f"the first tensor that is not finite is {culprit}"
    )


@contextmanager
def _stop_between_steps() -> Iterator[threading.Event]:
    """Turn the first Ctrl-C into a flag, so that no step is cut in half; a second one interrupts at once."""
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    before = signal.getsignal(signal.SIGINT)

    def handler(*_: Any) -> None:
        stop.set()
        signal.signal(signal.SIGINT, before)

    signal.signal(signal.SIGINT, handler)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)


def duration(seconds: float) -> str:
    """Seconds as a person says them."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    if seconds < 100 * 60:
        return f"{seconds / 60:.1f} min"
    return f"{seconds / 3600:.1f} h" if seconds < 100 * 3600 else f"{seconds / 86400:.0f} days"
