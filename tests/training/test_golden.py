"""Golden runs: the same seed and batches on two backends, loss by loss and gradient by gradient."""

import numpy as np
import pytest

from alicuda import tolerances, use_backend
from alicuda.backends.numpy_ import NumPy
from alicuda.models import ALI
from alicuda.models.experiments import default_options
from alicuda.training.step import BUFFERS, TrainingStep
from tests import available

STEPS = 10
SETTINGS = ["width=0.1", "code=8", "batch_size=6", "init_std=0.1", "lr=5e-4"]


def run(backend, experiment, settings, steps):
    """Losses of each step; of the first both players' gradients, by name; and all buffers of both at the end."""
    with use_backend(backend):
        model = ALI(experiment, default_options(experiment).with_assignments(settings), seed=4)
        training = TrainingStep(model, seed=4, ring_rows=steps)
        random = np.random.default_rng(5)
        gradients = {}
        for step in range(steps):
            training.run(random.random((model.options.batch_size, *model.shape), np.float32))
            if step == 0:
                for player in model.players.values():
                    flat = training.backend.to_numpy(player.gradients).copy()
                    for name, start, parameter in zip(player.names, player.offsets, player.parameters, strict=True):
                        gradients[name] = flat[start : start + parameter.size].astype(np.float64)
        losses = training.backend.to_numpy(training.ring)[:, :2].astype(np.float64)
        buffers = {
            f"{buffer} of {key}": training.backend.to_numpy(getattr(player, buffer)).astype(np.float64)
            for key, player in model.players.items()
            for buffer in BUFFERS
        }
        return losses, gradients, buffers


@pytest.fixture(scope="module")
def reference():
    return run(NumPy(), "svhn", SETTINGS, STEPS)


def test_follows_the_oracle(backend, reference):
    if available.only_simulated(backend.name):
        pytest.skip("numba: its simulator is for tiny models; see the test below")
    losses, gradients, _ = run(backend, "svhn", SETTINGS, STEPS)
    check_losses(losses, reference[0])
    check_gradients(gradients, reference[1])


def test_a_whole_step_of_a_tiny_model(backend):
    """All that a step does, at a size that Numba's simulator can do it in, in 3 s, and 2 to make the model."""
    losses, gradients, buffers = run(backend, "tiny", ["width=0.5"], 1)
    expected, expected_gradients, expected_buffers = run(NumPy(), "tiny", ["width=0.5"], 1)
    check_losses(losses, expected)
    check_gradients(gradients, expected_gradients)
    for name, values in buffers.items():
        # a step moves the parameters by some 3e-4 of their norm: had Adam done nothing, 1e-5 would show it
        bound = tolerances.GOLDEN_LOSS_STEP_1 if "values" in name else 2 * tolerances.GOLDEN_GRADIENT_STEP_1
        assert relative_norm(values, expected_buffers[name]) <= bound, name


def relative_norm(ours, exact):
    assert np.isfinite(ours).all() and np.linalg.norm(exact) > 0
    return np.linalg.norm(ours - exact) / np.linalg.norm(exact)


def check_losses(losses, expected):
    assert np.isfinite(losses).all() and np.isfinite(expected).all()
    relative = np.abs(losses - expected) / expected
    assert relative[0].max() <= tolerances.GOLDEN_LOSS_STEP_1
    assert relative[-1].max() <= tolerances.GOLDEN_LOSS_STEP_10


def check_gradients(gradients, expected):
    for parameter, gradient in gradients.items():
        error = relative_norm(gradient, expected[parameter])
        assert error <= tolerances.GOLDEN_GRADIENT_STEP_1, parameter


def test_a_step_reads_nothing_back_from_the_device(device_backend, monkeypatch):
    """Only then can it be captured as a CUDA graph. The host may look once it has ended."""
    check_that_nothing_is_read_back(device_backend, "svhn", SETTINGS, monkeypatch)


@pytest.mark.full
def test_a_step_reads_nothing_back_from_numba_either(monkeypatch):
    check_that_nothing_is_read_back(available.backend("numba"), "tiny", [], monkeypatch)


def check_that_nothing_is_read_back(backend, experiment, settings, monkeypatch):
    with use_backend(backend):
        model = ALI(experiment, default_options(experiment).with_assignments(settings), seed=4)
        training = TrainingStep(model, seed=4, ring_rows=STEPS)
        batch = np.random.default_rng(5).random((model.options.batch_size, *model.shape), np.float32)
        training.run(batch)
        uploads, upload = [], backend.device.upload

        def no_copy(array):
            raise AssertionError("a copy from the device to the host within a step")

        monkeypatch.setattr(backend.device, "download", no_copy)
        monkeypatch.setattr(backend.device, "upload", lambda array: uploads.append(array.shape) or upload(array))
        training.run(batch)
        assert uploads == [batch.shape], "a step uploads its batch and nothing else"
        monkeypatch.undo()
        assert training.read_step() == 2 and training.healthy()
