"""The backend that launches the kernels of `kernels/cuda/`, on a GPU or on the emulator.

One class and two devices: a device allocates, copies, compiles and launches (`on_gpu.py`, `on_emulator.py`). Which
kernel runs on which grid, and with which arguments, is decided once, in the other files: one a family of primitives.
"""

from __future__ import annotations

from typing import Any

from alicuda.backends.contract import Fused
from alicuda.backends.cuda.batch_norm import BatchNorm
from alicuda.backends.cuda.bookkeeping import Bookkeeping
from alicuda.backends.cuda.convolution import Convolution
from alicuda.backends.cuda.elementwise import Elementwise
from alicuda.backends.cuda.memory import Memory
from alicuda.backends.cuda.random import Random
from alicuda.backends.cuda.reductions import Reductions
from alicuda.backends.cuda.shapes import Shapes


class Cuda(Memory, Convolution, BatchNorm, Reductions, Elementwise, Shapes, Random, Bookkeeping, Fused):
    """Every primitive as a launch of hand-written CUDA C++ on `device`; float32, and int64 for the step's counters."""

    def __init__(self, device: Any):
        self.device, self.name = device, device.name
