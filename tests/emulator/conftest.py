"""The emulator's own tests need its checked build, hence pyelftools; elsewhere a bare checkout does without."""

import pytest

from tests import available


@pytest.fixture(autouse=True)
def checked_build():
    if reason := available.checked_build_missing():
        pytest.skip(reason)
