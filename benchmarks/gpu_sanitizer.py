"""Every kernel under NVIDIA's compute-sanitizer: no access outside an array, no race in shared memory.

    python -m benchmarks.gpu_sanitizer           memcheck and racecheck; exit status 1 if they find something
    python -m benchmarks.gpu_sanitizer alone     only what they watch

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
from typing import Any

import numpy as np

from alicuda import backends, numba_kernels
from alicuda.models import ALI, experiments
from alicuda.philox import Draw
from alicuda.training.step import TrainingStep

TOOLS = ("memcheck", "racecheck")
FOUND = 3  # the exit status that the sanitizer is asked to give
BATCH, STEPS = 5, 2


def find() -> str | None:
    """compute-sanitizer on the path, in $CUDA_HOME, or where the toolkit installs it."""
    homes = [os.environ.get("CUDA_HOME", ""), *map(str, sorted(Path("/usr/local").glob("cuda*"), reverse=True))]
    places = [os.environ.get("PATH", ""), *(str(Path(home) / "bin") for home in homes if home)]
    return shutil.which("compute-sanitizer", path=os.pathsep.join(places))


def run_every_kernel(backend: Any) -> None:
    """Small steps of SVHN's nets, and of CIFAR-10's, which have maxout; then the primitives that neither needs."""
    with backends.use_backend(backend):
        for experiment, width in (("svhn", 0.25), ("cifar10", 0.1)):
            _train(experiment, width)
    x = backend.normal((7, 33), Draw(0, 0, 0), np.float32)
    scale, shift = (backend.full((33,), value, np.float32) for value in (1.0, 0.0))
    _, mean, inv_std = backend.batch_norm(x, scale, shift, 1e-4)  # the nets' is fused with leaky ReLU
    backend.batch_norm_grad(x, x, scale, mean, inv_std)
    backend.mul(x, backend.exp(x))
    backend.to_numpy(backend.uniform((7, 33), Draw(0, 0, 0), np.float32))  # waits for the device


def run_every_kernel_in_python() -> None:
    """Small cases of every primitive of the `numba` backend; Numba gives each array an allocation of its own."""
    if reason := backends.missing("numba"):
        print(f"{reason}: the kernels in Python were NOT sanitized.")
        return
    if numba_kernels.simulated():
        print("Numba runs as its simulator: the kernels in Python were NOT sanitized.")
        return
    from tests.kernels import numba_launches

    numba_launches.signatures()


def _train(experiment: str, width: float) -> None:
    options = replace(experiments.default_options(experiment), width=width, code=32, batch_size=BATCH)
    model = ALI(experiment, options)
    training = TrainingStep(model, seed=0, ring_rows=STEPS)
    x = np.random.default_rng(0).random((BATCH, *model.shape), dtype=np.float32)
    for _ in range(STEPS):
        training.run(x)
    if training.read_step() != STEPS or not training.healthy():
        raise SystemExit(f"the losses of the small step of {experiment} were not finite")


def main() -> int:
    if reason := backends.missing("cuda"):
        print(f"gpu_sanitizer: {reason}", file=sys.stderr)
        return 2
    if sys.argv[1:] == ["alone"]:
        import cupy

        cupy.cuda.set_allocator(None)  # each array an allocation of its own, so that a step beyond one is seen
        run_every_kernel(backends.get("cuda"))
        run_every_kernel_in_python()
        return 0
    sanitizer = find()
    if sanitizer is None:
        print(
            "compute-sanitizer is not on this machine (it comes with the CUDA toolkit): the kernels were NOT sanitized."
        )
        return 0
    failed = 0
    for tool in TOOLS:
        watch = [sanitizer, "--tool", tool, "--error-exitcode", str(FOUND)]
        status = subprocess.run([*watch, sys.executable, "-m", "benchmarks.gpu_sanitizer", "alone"]).returncode
        print(f"{tool}: {'nothing found' if status == 0 else f'exit status {status}'}", flush=True)
        failed |= status != 0
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
