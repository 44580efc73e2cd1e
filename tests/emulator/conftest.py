"""The emulator's own tests need its checked build, hence pyelftools; elsewhere a bare checkout does without."""

import pytest

from alicuda.emulator import launching, program
from tests import available


@pytest.fixture(autouse=True)
def checked_build():
    if reason := available.checked_build_missing():
        pytest.skip(reason)


@pytest.fixture
def impatient(monkeypatch):
    """The checked build stops what does not end after fewer steps, or sooner after the last of them."""
    monkeypatch.setattr(program, "STEP_LIMIT", 10**6)
    monkeypatch.setitem(launching.PATIENCE_S, "checked", 0.5)
