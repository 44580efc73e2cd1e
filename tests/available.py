"""The backends for tests, or the reason why one is not here."""

from __future__ import annotations

from typing import Any

import pytest

from alicuda import backends
from alicuda.emulator import debug_info
from alicuda.errors import InputError

gpu_required = False  # set by `pytest --require-gpu`


def backend(name: str) -> Any:
    """The backend of that name. Where it cannot work the test is skipped with the reason, or, if a GPU is
    required, fails."""
    if reason := backends.missing(name):
        (pytest.fail if gpu_required and name == "cuda" else pytest.skip)(f"{name}: {reason}")
    return backends.get(name)


def checked_build_missing() -> str | None:
    """Why the emulator's checked build cannot be made here."""
    try:
        debug_info.require()
    except InputError as error:
        return str(error)
    return None
