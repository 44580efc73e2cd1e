"""A whole training step gives the same bits in whatever order the threads and blocks run, and on however many cores."""

import numpy as np
import pytest

from alicuda import emulator, use_backend
from alicuda.backends.cuda import Cuda
from alicuda.backends.cuda.on_emulator import Emulator
from alicuda.models import ALI
from alicuda.models.options import Options
from alicuda.training.step import TrainingStep
from tests import available

STEPS = 2


def state(device):
    with use_backend(Cuda(device)):
        training = TrainingStep(ALI("svhn", Options(width=0.06, code=5), seed=1), seed=1, ring_rows=STEPS)
        random = np.random.default_rng(2)
        for _ in range(STEPS):
            training.run(random.random((5, 32, 32, 3), np.float32))
        return {name: np.array(array) for name, array in training.state.items()}


@pytest.fixture(scope="module")
def forward():
    available.backend("emulator")
    return state(Emulator())


def assert_same(one, other):
    assert np.isfinite(one["ring"]).all()
    differ = [name for name in one if not np.array_equal(one[name], other[name])]
    assert not differ


@pytest.mark.parametrize("order, seed", [("reverse", 0), ("random", 1), ("random", 2)])
def test_the_order_of_threads_and_blocks_changes_nothing(forward, order, seed):
    assert_same(state(Emulator(order=order, seed=seed)), forward)


def test_the_number_of_cores_changes_nothing(forward, monkeypatch):
    monkeypatch.setattr(emulator.program.machine, "cores", lambda: 5)
    assert_same(state(Emulator()), forward)


@pytest.mark.full
def test_the_checked_build_finds_nothing_in_a_step_and_agrees(forward):
    """No access outside an array, none misaligned, none of what nobody wrote, no divergent barrier in any kernel of
    a step. Without optimisation the compiler fuses no multiply-adds, so the last bits may differ."""
    checked = state(Emulator("checked"))
    for name in forward:
        scale = np.abs(forward[name]).max() or 1
        assert np.abs(checked[name] - forward[name]).max() <= 1e-3 * scale, name
