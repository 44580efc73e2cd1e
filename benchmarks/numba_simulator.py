"""What a launch takes in Numba's simulator: as Numba has it, and as our kernels are launched (numba_simulator.py).

    python -m benchmarks.numba_simulator

The two are measured in turn, so that what else the machine does falls on both.
"""

from __future__ import annotations

import contextlib
import statistics
import sys
import time
from collections.abc import Callable
from unittest import mock

import numpy as np

from alicuda import numba_simulator
from alicuda.backends.numba_ import Numba

REPEATS = 5
THREADS = 4096  # of the leaky ReLU


def seconds(launch: Callable[[], object]) -> float:
    started = time.perf_counter()
    launch()
    return time.perf_counter() - started


def main() -> None:
    plain, shared = Numba(), Numba(shared=True)
    if not plain.device.simulated:
        sys.exit("numba_simulator: a GPU answers, so Numba's simulator is not there to be measured.")
    random = np.random.default_rng(0)

    def array(*shape: int):
        return plain.asarray(random.standard_normal(shape, np.float32))

    x, image, channel, picture, filters = array(THREADS), array(64, 8), array(8), array(2, 9, 10, 2), array(3, 3, 2, 5)
    moments = ("batch_norm_shared", "batch_norm_moments_shared", 8, 32, image, channel, channel, 64, 8, 1e-4)
    launches = {
        f"leaky ReLU, {THREADS} threads": lambda: plain.leaky_relu(x, 0.1),
        "batch_norm_moments_shared, 8 blocks of 32 threads, 14 barriers": lambda: shared.device.launch(*moments),
        "conv2d_shared, 2 blocks of 256 threads, 4 barriers": lambda: shared.conv2d(picture, filters, 2),
    }
    for name, launch in launches.items():
        as_it_is, ours = [], []
        for _ in range(REPEATS):
            with mock.patch.object(numba_simulator, "quick_turns", contextlib.nullcontext):
                as_it_is.append(seconds(launch))
            ours.append(seconds(launch))
        print(f"{name}: {statistics.median(as_it_is):.2f} s as it is, {statistics.median(ours):.2f} s ours")


if __name__ == "__main__":
    main()
