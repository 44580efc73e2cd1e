"""The emulator as a device: the kernels of `kernels/cuda/`, compiled by the machine's C++ compiler, on NumPy arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from alicuda import emulator, kernel_source, machine
from alicuda.launch_limits import Size


class Emulator:
    """Allocates, copies, compiles and launches. `build` and `order` are those of `emulator.compile`.

    `kernels`: the folder of the `.cu` files, where it is not the usual one.
    """

    name = "emulator"

    def __init__(
        self,
        build: emulator.Build = "fast",
        order: emulator.Order = "forward",
        seed: int = 0,
        kernels: Path | None = None,
    ):
        self.build, self.order, self.seed = build, order, seed
        self.kernels = kernels or kernel_source.kernels_folder() / "cuda"
        self._kernel = cache(self._compiled)

    def words(self) -> str:
        return machine.words()

    def empty(self, shape: Sequence[int], dtype: Any = np.float32) -> Any:
        """An array that nobody has written: 0xFF bytes, NaN in floats."""
        return emulator.empty(tuple(shape), dtype)

    def upload(self, array: np.ndarray) -> Any:
        return array

    def download(self, array: Any) -> np.ndarray:
        return array

    def copy(self, target: Any, source: Any) -> None:
        np.copyto(target, source)

    def launch(
        self,
        file: str,
        kernel: str,
        grid: Size,
        block: Size,
        args: Sequence[Any],
        defines: Mapping[str, int] | None = None,
    ) -> None:
        """Launch a kernel of a file of `kernels/cuda/` and wait for its end."""
        self._kernel(file, kernel, tuple(sorted((defines or {}).items()))).launch(grid, block, args)

    def _compiled(self, file: str, kernel: str, defines: tuple[tuple[str, int], ...]) -> emulator.Kernel:
        source = kernel_source.load(self.kernels / file, dict(defines))
        return emulator.compile(source, self.build, order=self.order, seed=self.seed).kernel(kernel)
