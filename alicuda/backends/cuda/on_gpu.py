"""A GPU as a device: the kernels of `kernels/cuda/`, compiled by CuPy (NVRTC), on CuPy arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, ClassVar

import numpy as np

from alicuda import driver, extras, kernel_source, launch_limits
from alicuda.extras import Missing
from alicuda.launch_limits import Size
from alicuda.nvrtc import OPTIONS


def missing() -> Missing | None:
    """Why no GPU can be used here, as half a sentence; None where one answers."""
    try:
        import cupy
    except Exception as error:  # ImportError where it is not there; of any kind where it lacks what it needs
        if not driver.gpu_answers():
            return Missing("no NVIDIA GPU answers; this backend needs one, and its driver")
        problem = "CuPy is not installed" if getattr(error, "name", None) == "cupy" else f"CuPy does not load ({error})"
        return _in_need(problem)
    try:
        count = cupy.cuda.runtime.getDeviceCount()
    except cupy.cuda.runtime.CUDARuntimeError as error:
        problem = f"no GPU answers ({error})"
        return _in_need(problem) if driver.gpu_answers() else Missing(problem)
    return None if count else Missing("no GPU is here")


def _in_need(problem: str) -> Missing:
    """A GPU answers, but not through CuPy."""
    extra = extras.for_gpu()
    return Missing(problem if extra else f"{problem}; a newer driver is needed, for CUDA 12 or 13", extra)


class GPU:
    """Allocates, copies, compiles and launches through CuPy, on its current device and stream.

    CuPy checks no argument and would pass a Python float as a double; so every launch goes through the signature that
    the kernel's own source states.
    """

    name = "cuda"
    launched: ClassVar[set[tuple[str, str]]] = set()  # (file, kernel) of all that ran in this process

    def __init__(self) -> None:
        import cupy  # here, not above: only a machine with a GPU has it

        self._cupy = cupy
        self._module, self._kernel = cache(self._compiled_module), cache(self._compiled)

    def words(self) -> str:
        device = self._cupy.cuda.Device()
        name = self._cupy.cuda.runtime.getDeviceProperties(device.id)["name"].decode()
        return f"{name}, {device.mem_info[1] / 1e9:.0f} GB"

    def empty(self, shape: Sequence[int], dtype: Any = np.float32) -> Any:
        return self._cupy.empty(tuple(shape), dtype)

    def upload(self, array: np.ndarray) -> Any:
        return self._cupy.asarray(array)

    def download(self, array: Any) -> np.ndarray:
        return self._cupy.asnumpy(array)

    def copy(self, target: Any, source: Any) -> None:
        target.data.copy_from_device_async(source.data, source.nbytes, self._cupy.cuda.get_current_stream())

    def launch(
        self,
        file: str,
        kernel: str,
        grid: Size,
        block: Size,
        args: Sequence[Any],
        defines: Mapping[str, int] | None = None,
    ) -> None:
        """Launch a kernel of a file of `kernels/cuda/`; nobody waits for its end."""
        function, signature = self._kernel(file, kernel, tuple(sorted((defines or {}).items())))
        grid, block = launch_limits.check(kernel, grid, block)
        function(grid, block, tuple(signature.check(args)))
        self.launched.add((file, kernel))

    def _compiled_module(self, file: str, defines: tuple[tuple[str, int], ...]) -> tuple[Any, kernel_source.Source]:
        source = kernel_source.load(kernel_source.kernels_folder() / "cuda" / file, dict(defines))
        return self._cupy.RawModule(code=source.text, options=OPTIONS), source

    def _compiled(self, file: str, kernel: str, defines: tuple[tuple[str, int], ...]) -> tuple[Any, Any]:
        module, source = self._module(file, defines)
        return module.get_function(kernel), source.signature(kernel)
