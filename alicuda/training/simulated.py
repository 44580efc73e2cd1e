"""How long a run would take in Numba's simulator, known before it begins; and which runs are not begun there.

The step is taken on a backend that only counts its launches: no number is computed, so that takes no time.
"""

from __future__ import annotations

import numpy as np

from alicuda import backends, models
from alicuda.backends.numba_.counting import Counting
from alicuda.errors import InputError
from alicuda.models.options import Options
from alicuda.training import health, pictures, points
from alicuda.training.look import SHOWN
from alicuda.training.schedule import duration
from alicuda.training.step import TrainingStep

LONGEST_STEP, LONGEST_LOOK = 60, 600  # seconds
TINY = "python -m alicuda.bench step --backend numba --experiment tiny"


def step_seconds(experiment: str, options: Options) -> float:
    """Of one training step."""
    counting = Counting()
    with backends.use_backend(counting):
        model = models.create(experiment, options)
        training = TrainingStep(model, 0, 1)
        before = counting.device.seconds
        training.run(np.zeros((options.batch_size, *model.shape), np.float32))
    return counting.device.seconds - before


def look_seconds(experiment: str, options: Options, test: int) -> float:
    """Of one look at a model, with so many test pictures or points: health figures, samples, reconstructions."""
    counting = Counting()
    with backends.use_backend(counting), np.errstate(all="ignore"):
        model = models.create(experiment, options)
        before = counting.device.seconds
        if len(model.shape) == 1:
            seen = points.cloud(model, np.zeros((test, *model.shape), np.float32), 0)
            points.evaluate(model, seen, np.zeros((1, 2)))
            return counting.device.seconds - before
        x = np.zeros((min(test, health.EVALUATION_PICTURES), *model.shape), np.uint8)
        health.evaluate(model, x, x[0] / 255, 0.0, 0)
        pictures.sample_grid(model, health.SAMPLES, 0, "")
        if model.encodes:
            pictures.reconstruction_grid(model, x[:SHOWN], "")
    return counting.device.seconds - before


def refuse_long_steps(experiment: str, options: Options) -> float:
    """Seconds of a step. InputError if it is more than a minute."""
    seconds = step_seconds(experiment, options)
    if seconds > LONGEST_STEP:
        raise InputError(
            f"Numba's simulator would take about {duration(seconds)} for each step of this model: --backend emulator "
            f"runs the same model by the CUDA kernels at a useful speed; a tiny one runs in the simulator: {TINY}."
        )
    return seconds


def refuse_long_looks(experiment: str, options: Options, test: int) -> float:
    """Seconds of a look. InputError if it is more than ten minutes."""
    seconds = look_seconds(experiment, options, test)
    if seconds > LONGEST_LOOK:
        raise InputError(
            f"Numba's simulator would take about {duration(seconds)} for each look at the model, with {test:,} test "
            "pictures: give fewer with --data DIR, or take --backend emulator."
        )
    return seconds
