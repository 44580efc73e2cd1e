"""The official SVHN training step on a GPU: ours beside the same step in PyTorch eager, in float32 without TF32.

All have their pictures on the device before the clock starts.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from alicuda.models import ALI, experiments
from benchmarks.gpu_timing import WARM_UP
from benchmarks.step_vs_torch import our_step, torch_step

IN_A_ROW = 10  # steps, as in training: the host launches ahead and waits only at their end


def measure(torch: Any, rounds: int) -> dict[str, Any]:
    """Milliseconds of a step of each variant, the median of the rounds."""
    torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.benchmark = True
    options = experiments.default_options("svhn")
    model = ALI("svhn", options)
    x = np.random.default_rng(0).random((options.batch_size, *model.shape), dtype=np.float32)
    steps = {"alicuda cuda": our_step(model, x)}
    for layout in ("NCHW", "channels_last"):
        for adam in ("foreach", "fused"):
            step = torch_step(torch, model, x, layout == "channels_last", adam, device="cuda")
            steps[f"torch {layout}, Adam {adam}"] = step
    times = {name: _timed(step, torch.cuda.synchronize, rounds) for name, step in steps.items()}
    best = min((name for name in times if name.startswith("torch")), key=lambda name: times[name])
    return {"median_ms": times, "fastest_torch": best, "ratio": times["alicuda cuda"] / times[best]}


def _timed(step: Callable[[], None], wait: Callable[[], None], rounds: int) -> float:
    """`wait` waits for the whole device, whoever launched."""
    milliseconds = []
    for i in range(WARM_UP + rounds):
        wait()
        started = time.perf_counter()
        for _ in range(IN_A_ROW):
            step()
        wait()
        if i >= WARM_UP:
            milliseconds.append((time.perf_counter() - started) / IN_A_ROW * 1e3)
    return statistics.median(milliseconds)
