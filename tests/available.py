"""The backends for tests, or the reason why one is not here."""

from __future__ import annotations

from typing import Any

import pytest

from alicuda import backends

gpu_required = False  # set by `pytest --require-gpu`


def backend(name: str) -> Any:
    """The backend of that name. Where it cannot work the test is skipped with the reason; without a GPU that is required,
    it fails."""
    if reason := backends.missing(name):
        (pytest.fail if gpu_required and name == "cuda" else pytest.skip)(f"{name}: {reason}")
    return backends.get(name)
