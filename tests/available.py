"""The backends for tests, or the reason why one is not here."""

from __future__ import annotations

from typing import Any

import pytest

from alicuda import backends, numba_kernels
from alicuda.emulator import debug_info
from alicuda.errors import InputError

gpu_required = False  # set by `pytest --require-gpu`


def backend(name: str) -> Any:
    """The backend of that name. Where it cannot work the test is skipped with the reason, or, if a GPU is
    required, fails."""
    reason = backends.missing(name)
    if gpu_required and name == "numba" and only_simulated(name):
        reason = "no GPU answers: Numba would run in its simulator"
    if reason:
        (pytest.fail if gpu_required and name in ("cuda", "numba") else pytest.skip)(f"{name}: {reason}")
    return backends.get(name)


def only_simulated(name: str) -> bool:
    """Whether large cases of this backend are left out: it is Numba's simulator, or Numba cannot run at all."""
    return name == "numba" and (numba_kernels.missing() is not None or numba_kernels.simulated())


def checked_build_missing() -> str | None:
    """Why the emulator's checked build cannot be made here."""
    try:
        debug_info.require()
    except InputError as error:
        return str(error)
    return None
