"""The backend that launches the kernels of `kernels/numba/`: on a GPU by numba-cuda, without one in Numba's simulator.

A thread has one output; so a launch is a kernel, how many outputs there are, and the arguments. The files have the
names of those in `backends/cuda/`: what is done there for speed is done here to be read.
"""

from __future__ import annotations

from alicuda.backends.contract import Fused
from alicuda.backends.numba_.batch_norm import BatchNorm
from alicuda.backends.numba_.bookkeeping import Bookkeeping
from alicuda.backends.numba_.convolution import Convolution
from alicuda.backends.numba_.device import Device
from alicuda.backends.numba_.elementwise import Elementwise
from alicuda.backends.numba_.memory import Memory
from alicuda.backends.numba_.random import Random
from alicuda.backends.numba_.reductions import Reductions
from alicuda.backends.numba_.shapes import Shapes


class Numba(Memory, Convolution, BatchNorm, Reductions, Elementwise, Shapes, Random, Bookkeeping, Fused):
    """Every primitive as a launch of a kernel in Numba; float32, int64 for the step's counters.

    `shared`: whether `conv2d` and the sums of batch norm run by the kernels that use shared memory. They do on a GPU,
    where they are meant to be faster (nobody has measured it yet), but not in the simulator, where barriers are dear.
    """

    name = "numba"

    def __init__(self, shared: bool | None = None):
        self.device = Device()
        self.shared = not self.device.simulated if shared is None else shared
