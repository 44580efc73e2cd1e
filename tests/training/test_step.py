"""A step that meets a number that is not finite changes nothing, and a run that meets one says which."""

from __future__ import annotations

import re
import signal

import numpy as np
import pytest
from tiny import arguments, metrics, steps_of

from alicuda.models.ali import ALI
from alicuda.models.options import Options
from alicuda.training import checkpoint
from alicuda.training.step import TrainingStep

BATCH = np.random.default_rng(0).random((4, 32, 32, 3), np.float32)


@pytest.fixture(params=["simultaneous", "alternating"])
def training(request) -> TrainingStep:
    step = TrainingStep(ALI("svhn", Options(width=0.06, code=4, update=request.param)), seed=0, ring_rows=2)
    for _ in range(3):
        step.run(BATCH)
    return step


def copy_of(training: TrainingStep) -> dict[str, np.ndarray]:
    return {name: np.array(array) for name, array in training.state.items() if name != "ring"}


def same(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> bool:
    return all(np.array_equal(one[name], other[name], equal_nan=True) for name in one)


def test_a_step_changes_all_of_the_state(training):
    before = copy_of(training)
    training.run(BATCH)
    assert training.healthy() and training.read_step() == 4
    after = copy_of(training)
    assert not [name for name in before if np.array_equal(before[name], after[name])]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("name", ["g1.2.w", "d.joint.3.w"])
def test_nothing_moves_once_the_flag_fell(training, name, value):
    player = training.model.players["g"] if name.startswith("g") else training.model.players["d"]
    parameter = player.parameters[player.names.index(name)]
    parameter.array.reshape(-1)[0] = value
    broken = copy_of(training)
    for _ in range(2):
        training.run(BATCH)
        assert not training.healthy() and training.read_step() == 3
        assert same(copy_of(training), broken)
    assert not np.isfinite(training.ring[3 % 2][:2]).all()  # the losses of the failing step stay to be told
    assert training.first_non_finite(BATCH) == f"parameter {name} of shape {parameter.shape}"
    assert training.non_finite_state() == f"parameter {name} of shape {parameter.shape}"


def test_whole_state_is_looked_at(training):
    assert training.non_finite_state() is None
    v = training.model.players["d"].v
    v[-1] = np.inf
    assert training.non_finite_state() == f"d.v of shape {v.shape}"


def failing_run(run_train, svhn, *more):
    status, _, err = run_train(*arguments(svhn, "--steps", 12, "--out", "run", *more))
    assert status == 1 and len(err.splitlines()) == 1 and "Traceback" not in err, err
    return err


def test_rate_that_is_too_large_ends_the_run(run_train, svhn, tmp_path, recwarn):
    err = failing_run(run_train, svhn, "--set", "lr=10", "--set", "init_std=10")
    assert re.search(r"a loss was not finite in step [12]: loss_d = nan, loss_g = nan; the first tensor", err)
    assert re.search(r"that is not finite is .+ of shape \(\d", err)
    assert steps_of(tmp_path / "run", "checkpoints") == [0] and checkpoint.load(tmp_path / "run")
    assert metrics(tmp_path / "run")[0]["loss_d"] is None  # JSON has no NaN
    assert not [warning for warning in recwarn if issubclass(warning.category, RuntimeWarning)]


def break_after(monkeypatch, step: int, name: str = "g1.2.w") -> None:
    def run(self, x, real=TrainingStep.run):
        real(self, x)
        if self.read_step() == step:
            player = self.model.players["g"]
            player.parameters[player.names.index(name)].array.reshape(-1)[0] = np.nan

    monkeypatch.setattr(TrainingStep, "run", run)


def test_last_good_checkpoint_is_untouched(run_train, svhn, tmp_path, monkeypatch):
    good = tmp_path / "run/checkpoints/step-00000004.safetensors"
    assert run_train(*arguments(svhn, "--steps", 4, "--out", "run"))[0] == 0
    before = good.read_bytes()
    break_after(monkeypatch, 5)
    status, _, err = run_train("svhn", "--resume", "run", "--steps", 12)
    assert status == 1 and "not finite in step 6: loss_d = nan" in err and "is parameter g1.2.w of shape" in err
    assert err.rstrip().endswith(f"untouched: {good.relative_to(tmp_path)}") and good.read_bytes() == before
    assert steps_of(tmp_path / "run", "checkpoints") == [0, 4]


def test_broken_state_with_finite_losses_is_not_saved(run_train, svhn, tmp_path, monkeypatch):
    """As when a gradient overflows in the very step after which a checkpoint is due."""
    break_after(monkeypatch, 8)
    err = failing_run(run_train, svhn)
    assert "after step 8 the losses were finite, but not all of the state: loss_d = 1" in err
    assert "is parameter g1.2.w of shape" in err
    assert steps_of(tmp_path / "run", "checkpoints") == [0, 4] and steps_of(tmp_path / "run", "samples") == [0, 4]


def test_ctrl_c_saves_no_broken_state(run_train, svhn, tmp_path, monkeypatch):
    """In a step that is not logged, right after the one that broke it."""
    break_after(monkeypatch, 6)

    def run(self, x, real=TrainingStep.run):
        real(self, x)
        if not self.healthy():
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(TrainingStep, "run", run)
    assert "not finite in step 7" in failing_run(run_train, svhn)
    assert steps_of(tmp_path / "run", "checkpoints") == [0, 4]
