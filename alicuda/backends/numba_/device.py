"""Numba's device, a GPU or the simulator: it allocates, copies and launches."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any, ClassVar

import numpy as np

from alicuda import machine, numba_kernels
from alicuda.backends.numba_.array import Array
from alicuda.errors import InputError

THREADS = 256  # of a block, at most
WARP = 32


class Device:
    """Kernels are named by their file in `kernels/numba/`, without its ending, and their name in it."""

    launched: ClassVar[set[tuple[str, str]]] = set()  # (file, kernel) of all that ran on a GPU in this process

    def __init__(self) -> None:
        if reason := numba_kernels.missing():
            raise InputError(f"the numba backend does not work here: {reason.sentence}")
        from numba import cuda  # not above: see numba_kernels

        self._cuda = cuda
        self.simulated = numba_kernels.simulated()

    def words(self) -> str:
        """What executes the kernels."""
        if self.simulated:
            though = f" ({numba_kernels.VARIABLE} is set, so not on the GPU)" if numba_kernels.gpu_answers() else ""
            return f"Numba's simulator{though}, {machine.words()}"
        name = self._cuda.get_current_device().name
        return name.decode() if isinstance(name, bytes) else str(name)

    def empty(self, shape: Sequence[int], dtype: Any = np.float32) -> Array:
        """An array that nobody has written."""
        return Array(self._cuda.device_array(prod(shape), dtype), shape)

    def upload(self, array: np.ndarray) -> Array:
        """An array on the device like this one, which is contiguous and of any shape."""
        return Array(self._cuda.to_device(array.reshape(-1)), array.shape)

    def download(self, x: Array) -> np.ndarray:
        """A new NumPy array of x's shape. Waits for the device."""
        return x.data.copy_to_host().reshape(x.shape)

    def launch_each(self, file: str, kernel: str, outputs: int, *args: Any) -> None:
        """Launch a thread for each output, in blocks of whole warps."""
        if outputs:
            threads = min(THREADS, -(-outputs // WARP) * WARP)
            self.launch(file, kernel, -(-outputs // threads), threads, *args)

    def launch(self, file: str, kernel: str, grid: Any, block: Any, *args: Any) -> None:
        """Launch `grid` blocks of `block` threads. A float is passed as float32: Numba would make a double of it."""
        if 0 in np.atleast_1d(grid):
            return  # no outputs; a GPU refuses an empty grid
        function = getattr(numba_kernels.load(file), kernel)
        passed = [
            arg.data.reshape(arg.shape) if isinstance(arg, Array) else np.float32(arg) if type(arg) is float else arg
            for arg in args
        ]
        function[grid, block](*passed)
        if not self.simulated:
            self.launched.add((f"{file}.py", kernel))
