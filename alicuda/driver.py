"""NVIDIA's driver: whether it sees a GPU, and which CUDA it takes.

No library is asked: Numba could not become its simulator afterwards.
"""

from __future__ import annotations

import ctypes
import os
from typing import Any


def gpu_answers() -> bool:
    """Whether the driver sees a GPU."""
    driver, count = _driver(), ctypes.c_int(0)
    if driver is None or driver.cuInit(0) != 0:
        return False
    return driver.cuDeviceGetCount(ctypes.byref(count)) == 0 and count.value > 0


def cuda_version() -> int | None:
    """The newest CUDA that the driver takes, such as 12 or 13; None where there is no driver, or it does not say."""
    driver, version = _driver(), ctypes.c_int(0)
    if driver is None or driver.cuDriverGetVersion(ctypes.byref(version)) != 0:
        return None
    return version.value // 1000


def _driver() -> Any:
    try:
        return ctypes.CDLL("nvcuda.dll" if os.name == "nt" else "libcuda.so.1")
    except OSError:
        return None
