"""The GPU backend for tests, or the reason why there is none."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from alicuda.backends.cuda import Cuda, on_gpu

required = False  # set by `pytest --require-gpu`


@cache
def _backend() -> Any:
    return Cuda(on_gpu.GPU())


def gpu_or_skip() -> Any:
    """The `cuda` backend on a GPU. Without one the test is skipped, or fails where a GPU is required."""
    if reason := on_gpu.missing():
        (pytest.fail if required else pytest.skip)(reason)
    return _backend()
