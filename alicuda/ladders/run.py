"""Running a step on the emulator."""

from __future__ import annotations

import numpy as np

from alicuda import emulator
from alicuda.emulator.program import Build
from alicuda.ladders.ladder import Problem, Step


def on_emulator(step: Step, problem: Problem, build: Build = "checked", **options: object) -> np.ndarray:
    """The step's answer to a problem. KernelError for what goes wrong inside a kernel."""
    program = emulator.compile(step.source(problem.size), build, **options)  # type: ignore[arg-type]
    arrays = step.arrays(problem)
    for launch in step.launches(problem.size):
        program.kernel(launch.kernel)[launch.grid, launch.block](*launch.arguments(arrays))
    return arrays["out"]
