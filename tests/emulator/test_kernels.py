"""Every feature that the emulator offers, in every build, order and number of workers."""

import numpy as np
import pytest

from alicuda import emulator
from tests.emulator import tiny

WAYS = [
    ("fast", "forward", 1), ("fast", "reverse", 2), ("fast", "random", 2), ("fast", "forward", 3),
    ("checked", "forward", 2), ("checked", "random", 1), ("debug", "forward", 1),
]  # fmt: skip


@pytest.mark.parametrize("way", WAYS, ids=lambda way: "-".join(map(str, way)))
@pytest.mark.parametrize("case", tiny.ALL, ids=lambda case: case.name)
def test_answer(case, way):
    build, order, workers = way
    if build == "checked" and "poisoned" in case.name:
        pytest.skip("the checked build reports the very read that this kernel makes on purpose")
    program = emulator.compile(case.source, build=build, order=order, seed=3, workers=workers)
    args, fresh = case.args(), case.args()
    program.kernel("k")[case.launch](*args)
    got = next(a for a in reversed(args) if isinstance(a, np.ndarray))
    np.testing.assert_array_equal(got, case.expected(*fresh))
