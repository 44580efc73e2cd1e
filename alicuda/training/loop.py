"""The training loop: steps, and at set steps a look at the model, pictures, and a checkpoint."""

from __future__ import annotations

import os
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from tqdm import tqdm

from alicuda.data.loader import Loader
from alicuda.data.mixture import Mixture
from alicuda.data.pictures import Pictures
from alicuda.training import checkpoint
from alicuda.training.look import floats
from alicuda.training.look import of as look_of
from alicuda.training.schedule import Clock, Schedule, duration
from alicuda.training.step import RING_COLUMNS, TrainingStep

PILOT_STEPS, PILOT_SECONDS = 10, 20  # timed before the expected duration is told, whichever ends first
BAR = "{n_fmt}/{total_fmt} |{bar}| {remaining} left{postfix}"


class Outcome(NamedTuple):
    finished: bool
    step: int
    seconds_per_step: float
    failure: str | None = None  # the sentence about what was not finite


def train(
    training: TrainingStep,
    data: Pictures | Mixture,
    schedule: Schedule,
    run: Path,
    metrics: list[dict[str, Any]],
    say: Callable[[str], None],
) -> Outcome:
    """Train up to `schedule.steps`, from the step that `training` stands at, logging into the run directory.

    Ctrl-C ends it between two steps, with a checkpoint. No state that is not finite is ever saved.
    """
    batch_size, first, total = training.model.options.batch_size, training.read_step(), schedule.steps
    loader = Loader(data.train, batch_size, training.seed)
    look = look_of(training.model, data, run, metrics)
    clock = Clock(metrics[-1]["time"]["seconds"] if metrics else 0.0)
    pilot = min(PILOT_STEPS, -(-(total - first) // 2))

    with _stop_between_steps() as stop, _quiet_overflow(), _bar(first, total) as bar:

        def look_and_save(step: int, looks: bool = True) -> None:
            with clock.look():
                if looks:
                    line = look.take(step, clock.total())
                    with bar.external_write_mode(file=sys.stdout):
                        say(line)
                checkpoint.save(training, run, schedule.look_every)

        if not metrics:
            look_and_save(0)
        for done in range(first + 1, total + 1):
            training.run(floats(loader.batch(done - 1)))
            bar.update()
            last = done == total
            logs, looks = (last or done % every == 0 for every in (schedule.log_every, schedule.look_every))
            saves = looks or stop.is_set()
            if (logs or saves) and (failure := _failure(training, loader, done, saves)):
                return Outcome(False, done, clock.a_step(done - first), failure)
            if logs:
                line = {"step": done, "kind": "train", **_means(training, done), "time": clock.total()}
                look.log(line)
                bar.set_postfix_str(_progress(line, batch_size / clock.a_step(done - first)), refresh=False)
            if saves:
                look_and_save(done, looks)
                if stop.is_set() and not last:
                    return Outcome(False, done, clock.a_step(done - first))
            if pilot and not last and (done - first == pilot or clock.stepping() > PILOT_SECONDS):
                pilot = 0
                left = (total - done) * clock.a_step(done - first) + schedule.looks_after(done) * clock.a_look()
                with bar.external_write_mode(file=sys.stdout):
                    say(f"expected time: about {duration(left)} for the other {total - done:,} steps")
    return Outcome(True, total, clock.a_step(total - first))


def _means(training: TrainingStep, done: int) -> dict[str, float]:
    """The means of the ring's columns over the steps since the last line of the log."""
    ring = training.backend.to_numpy(training.ring)
    rows = ring[: done % len(ring) or len(ring)]
    return {name: float(value) for name, value in zip(RING_COLUMNS, rows.mean(axis=0, dtype=np.float64), strict=True)}


def _progress(line: dict[str, Any], examples_per_second: float) -> str:
    return (
        f"D {line['loss_d']:.3f} G {line['loss_g']:.3f} D(real) {line['d_real']:.2f} D(fake) {line['d_fake']:.2f} "
        f"{examples_per_second:.0f} examples/s"
    )


def _failure(training: TrainingStep, loader: Loader, done: int, whole_state: bool) -> str | None:
    """What is not finite after `done` steps: a loss, or with `whole_state` anything that a checkpoint would hold."""
    ring = training.backend.to_numpy(training.ring)
    if not training.healthy():
        step = training.read_step()  # it stands still since
        losses = ring[step % len(ring)]
        culprit: str | None = training.first_non_finite(floats(loader.batch(step)))
        where = f"a loss was not finite in step {step + 1:,}"
    else:
        culprit, losses = training.non_finite_state() if whole_state else None, ring[(done - 1) % len(ring)]
        where = f"after step {done:,} the losses were finite, but not all of the state"
    loss_d, loss_g = losses[:2]
    sentence = f"{where}: loss_d = {loss_d:g}, loss_g = {loss_g:g}; the first tensor that is not finite is {culprit}"
    return sentence if culprit else None


@contextmanager
def _quiet_overflow() -> Iterator[None]:
    """NumPy shall not warn of what is not finite: `_failure` says it, once. A filter, as errstate stops at threads."""
    with warnings.catch_warnings():
        for what in ("overflow", "invalid value", "divide by zero"):
            warnings.filterwarnings("ignore", f"{what} encountered", RuntimeWarning)
        yield


def _bar(first: int, total: int) -> tqdm:
    """On a terminal; elsewhere none."""
    return tqdm(initial=first, total=total, disable=None, file=sys.stderr, dynamic_ncols=True, bar_format=BAR)


@contextmanager
def _stop_between_steps() -> Iterator[threading.Event]:
    """Turn the first Ctrl-C into a flag, so that no step is cut in half; a second one interrupts at once."""
    stop = threading.Event()
    before = signal.getsignal(signal.SIGINT)
    if before is signal.SIG_IGN or threading.current_thread() is not threading.main_thread():
        yield stop
        return

    def handler(*_: Any) -> None:
        stop.set()
        signal.signal(signal.SIGINT, before)
        os.write(2, b"\nstopping after this step, with a checkpoint; Ctrl-C again stops at once\n")

    signal.signal(signal.SIGINT, handler)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)
