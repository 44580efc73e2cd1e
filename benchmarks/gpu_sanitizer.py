"""A small training step under NVIDIA's compute-sanitizer: no access outside an array, no race in shared memory.

    python -m benchmarks.gpu_sanitizer           memcheck and racecheck; exit status 1 if they find something
    python -m benchmarks.gpu_sanitizer step      only the step, which is what they watch

Where the tool is not installed (it comes with the CUDA toolkit) that is said, and the exit status is 0: nothing was
found because nothing was looked for. Needs a GPU; exit status 2 without one.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from alicuda import backends
from alicuda.models import ALI, experiments
from alicuda.training.step import TrainingStep

TOOLS = ("memcheck", "racecheck")
FOUND = 3  # the exit status that the sanitizer is asked to give
BATCH, STEPS = 5, 2


def find() -> str | None:
    """compute-sanitizer on the path, in $CUDA_HOME, or where the toolkit installs it."""
    homes = [os.environ.get("CUDA_HOME", ""), *map(str, sorted(Path("/usr/local").glob("cuda*"), reverse=True))]
    places = [os.environ.get("PATH", ""), *(str(Path(home) / "bin") for home in homes if home)]
    return shutil.which("compute-sanitizer", path=os.pathsep.join(places))


def step() -> None:
    """Two steps of SVHN's nets at a quarter of their width: every kernel of training, and small."""
    import cupy

    cupy.cuda.set_allocator(None)  # each array an allocation of its own, so that a step beyond one is seen
    backends.set_backend("cuda")
    model = ALI("svhn", replace(experiments.default_options("svhn"), width=0.25, code=32, batch_size=BATCH))
    training = TrainingStep(model, seed=0, ring_rows=STEPS)
    x = np.random.default_rng(0).random((BATCH, *model.shape), dtype=np.float32)
    for _ in range(STEPS):
        training.run(x)
    if training.read_step() != STEPS or not training.healthy():
        raise SystemExit("the losses of the small step were not finite")


def main() -> int:
    if reason := backends.missing("cuda"):
        print(f"gpu_sanitizer: {reason}", file=sys.stderr)
        return 2
    if sys.argv[1:] == ["step"]:
        step()
        return 0
    sanitizer = find()
    if sanitizer is None:
        print("compute-sanitizer is not on this machine (it comes with the CUDA toolkit): the step was NOT sanitized.")
        return 0
    failed = 0
    for tool in TOOLS:
        watch = [sanitizer, "--tool", tool, "--error-exitcode", str(FOUND)]
        status = subprocess.run([*watch, sys.executable, "-m", "benchmarks.gpu_sanitizer", "step"]).returncode
        print(f"{tool}: {'nothing found' if status == 0 else f'exit status {status}'}", flush=True)
        failed |= status != 0
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
