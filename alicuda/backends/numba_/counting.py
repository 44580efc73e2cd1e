"""The numba backend on a device that runs nothing: it counts what Numba's simulator would have to do.

Shapes are all that matters for that, so arrays have no memory here, and reading one gives zeros.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

from alicuda.backends.numba_ import Numba
from alicuda.backends.numba_.array import Array
from alicuda.backends.numba_.device import Device

# Seconds in Numba's simulator: what a thread takes, whatever it does, and each turn of its innermost loop. Two cores of
# an AMD EPYC, 2026-11-25: `tiny` then takes 5.4 s a step, where 5.3 were measured, and svhn with a width of 0.02, a
# code of 4 and a batch of 2 takes 28 s, where 29 were measured. On a busy machine it takes longer.
THREAD, TURN = 100e-6, 2.5e-6
ADDS_UP = ("sum", "mean", "bias_grad", "batch_norm_moments", "batch_norm_sums")  # a turn for each number that is read


class Counting(Numba):
    """Every primitive, of which only the launches happen. `device.seconds` says what they would take."""

    def __init__(self) -> None:
        self.device, self.shared = Counter(), False


class Counter(Device):
    def __init__(self) -> None:
        self.simulated, self.threads, self.turns = True, 0, 0

    @property
    def seconds(self) -> float:
        return self.threads * THREAD + self.turns * TURN

    def empty(self, shape: Sequence[int], dtype: Any = np.float32) -> Array:
        return Array(_Nothing(prod(shape), np.dtype(dtype)), shape)

    def upload(self, array: np.ndarray) -> Array:
        return self.empty(array.shape, array.dtype)

    def download(self, x: Array) -> np.ndarray:
        return np.zeros(x.shape, x.dtype)

    def launch(self, file: str, kernel: str, grid: Any, block: Any, *args: Any) -> None:
        self.threads += int(np.prod(grid) * np.prod(block))
        if file.startswith("conv2d"):
            N, _, _, C, R, S, K, P, Q, _ = args[3:]
            self.turns += N * P * Q * K * R * S * C
        elif kernel in ADDS_UP:
            self.turns += max(arg.size for arg in args if isinstance(arg, Array))


class _Nothing:
    """What stands where an array's memory would be."""

    def __init__(self, size: int, dtype: Any):
        self.size, self.dtype = size, dtype

    def __getitem__(self, part: slice) -> _Nothing:
        return _Nothing(len(range(*part.indices(self.size))), self.dtype)

    def copy_to_device(self, source: Any) -> None:
        pass
