"""NVIDIA's driver: whether it sees a GPU, and which CUDA it takes."""

from __future__ import annotations

import ctypes
import os
import re
import subprocess


def gpu_answers() -> bool:
    """Whether the driver sees a GPU. No library is asked: Numba could not become its simulator afterwards."""
    try:
        driver = ctypes.CDLL("nvcuda.dll" if os.name == "nt" else "libcuda.so.1")
    except OSError:
        return False
    count = ctypes.c_int(0)
    return driver.cuInit(0) == 0 and driver.cuDeviceGetCount(ctypes.byref(count)) == 0 and count.value > 0


def cuda_version() -> int | None:
    """The newest CUDA that the driver takes, such as 12 or 13, as nvidia-smi tells it; None where it tells nothing."""
    try:
        answer = subprocess.run(["nvidia-smi"], capture_output=True, text=True, timeout=20, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.search(r"CUDA Version: *(\d+)", answer)
    return int(found[1]) if found else None
