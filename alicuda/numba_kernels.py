"""The kernels of `kernels/numba/`, and Numba to run them: on a GPU where one answers, else in Numba's simulator.

    from alicuda import numba_kernels
    numba_kernels.load("leaky_relu").leaky_relu[blocks, threads](x, y, size, slope)

Numba decides between the two when it is first imported, and never again in that process. So whoever wants kernels
imports Numba through this file; `docs/numba.md` tells what else the simulator asks of a kernel.
"""

from __future__ import annotations

import ctypes
import importlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from types import ModuleType
from typing import Any

import numpy as np

from alicuda.errors import InputError
from alicuda.kernel_source import kernels_folder

VARIABLE = "NUMBA_ENABLE_CUDASIM"
# The kernels form a package of this name, whose folder is kernels/numba/: so they can import each other, and nothing on
# sys.path is called numba but Numba.
PACKAGE = "alicuda_numba_kernels"
SWITCH_SECONDS = 1e-4


def gpu_answers() -> bool:
    """Whether NVIDIA's driver sees a GPU. Numba is not asked: it could not become its simulator afterwards."""
    try:
        driver = ctypes.CDLL("nvcuda.dll" if os.name == "nt" else "libcuda.so.1")
    except OSError:
        return False
    count = ctypes.c_int(0)
    return driver.cuInit(0) == 0 and driver.cuDeviceGetCount(ctypes.byref(count)) == 0 and count.value > 0


@cache
def missing() -> str | None:
    """Why Numba can run no kernel here, and what to do, as half a sentence; None where it can."""
    if "numba" in sys.modules:
        if not simulated() and not gpu_answers():
            return (
                "Numba was imported earlier in this program, without its simulator, and cannot change its mind; import "
                f"Numba after choosing this backend, or start Python with {VARIABLE}=1"
            )
    elif not gpu_answers():
        os.environ[VARIABLE] = "1"
    try:
        from numba import cuda
    except ImportError as error:
        if error.name == "numba":
            return "Numba is not installed; pip install 'alicuda[numba]'"
        return f"Numba does not load ({error})"
    if not cuda.is_available():
        return f"a GPU answers, but not to Numba ({cuda.cuda_error()}); pip install 'alicuda[cuda13]' (or cuda12)"
    return None


def simulated() -> bool:
    """Whether Numba, which is imported, runs kernels in its simulator."""
    return bool(sys.modules["numba"].config.ENABLE_CUDASIM)


@cache
def load(name: str) -> ModuleType:
    """The module kernels/numba/NAME.py. Raises InputError if Numba cannot run here, or if there is no such file."""
    if reason := missing():
        raise InputError(f"kernels in Numba cannot run here: {reason}")
    folder = kernels_folder() / "numba"
    names = sorted(path.stem for path in folder.glob("*.py"))
    if name not in names:
        raise InputError(f"there is no kernel file {name}.py in {folder}: choose one of {', '.join(names)}.")
    if PACKAGE not in sys.modules:
        sys.modules[PACKAGE] = ModuleType(PACKAGE)
        sys.modules[PACKAGE].__path__ = [str(folder)]
    module = importlib.import_module(f"{PACKAGE}.{name}")
    if simulated():
        for loaded in [module for key, module in sys.modules.items() if key.startswith(f"{PACKAGE}.")]:
            if hasattr(loaded, "math"):
                loaded.math = GPU_MATH  # type: ignore[attr-defined]
    return module


class _MathOfGPU:
    """What `math` means in a kernel: e^100 is infinity in float32, as on a GPU, where Python's own would raise."""

    def __getattr__(self, name: str) -> Any:
        function = getattr(np, name)
        if not callable(function):
            return function

        def without_warning(*args: Any) -> Any:
            with np.errstate(all="ignore"):
                return function(*args)

        return without_warning


GPU_MATH = _MathOfGPU()


@contextmanager
def quick_barriers() -> Iterator[None]:
    """In the simulator each thread of a block is a thread of Python, and a barrier waits until all have had their turn.
    Turns of 0.1 ms instead of 5 make it four times as fast (docs/numba.md has the figures)."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(min(before, SWITCH_SECONDS))
    try:
        yield
    finally:
        sys.setswitchinterval(before)
