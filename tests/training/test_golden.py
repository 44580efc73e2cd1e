"""Golden runs: the same seed and batches on two backends, loss by loss and gradient by gradient."""

import numpy as np
import pytest

from alicuda import tolerances, use_backend
from alicuda.backends.numpy_ import NumPy
from alicuda.models import ALI
from alicuda.models.experiments import default_options
from alicuda.training.step import TrainingStep

STEPS = 10
SETTINGS = ["width=0.1", "code=8", "batch_size=6", "init_std=0.1", "lr=5e-4"]


def run(backend):
    """Losses of each step, and both players' gradients of the first, as NumPy arrays by name."""
    with use_backend(backend):
        model = ALI("svhn", default_options("svhn").with_assignments(SETTINGS), seed=4)
        training = TrainingStep(model, seed=4, ring_rows=STEPS)
        random = np.random.default_rng(5)
        gradients = {}
        for step in range(STEPS):
            training.run(random.random((6, 32, 32, 3), np.float32))
            if step == 0:
                for player in model.players.values():
                    flat = training.backend.to_numpy(player.gradients).copy()
                    for name, start, parameter in zip(player.names, player.offsets, player.parameters, strict=True):
                        gradients[name] = flat[start : start + parameter.size].astype(np.float64)
        return training.backend.to_numpy(training.ring)[:, :2].astype(np.float64), gradients


@pytest.fixture(scope="module")
def reference():
    return run(NumPy())


def test_follows_the_oracle(backend, reference):
    losses, gradients = run(backend)
    expected, expected_gradients = reference
    assert np.isfinite(losses).all() and np.isfinite(expected).all()
    relative = np.abs(losses - expected) / expected
    assert relative[0].max() <= tolerances.GOLDEN_LOSS_STEP_1
    assert relative[-1].max() <= tolerances.GOLDEN_LOSS_STEP_10
    for parameter, gradient in gradients.items():
        wanted = expected_gradients[parameter]
        assert np.linalg.norm(wanted) > 0, f"{parameter}: nothing to compare"
        error = np.linalg.norm(gradient - wanted) / np.linalg.norm(wanted)
        assert error <= tolerances.GOLDEN_GRADIENT_STEP_1, parameter


def test_a_step_reads_nothing_back_from_the_device(device_backend, monkeypatch):
    """Only then can it be captured as a CUDA graph. The host may look once it has ended."""
    with use_backend(device_backend):
        model = ALI("svhn", default_options("svhn").with_assignments(SETTINGS), seed=4)
        training = TrainingStep(model, seed=4, ring_rows=STEPS)
        batch = np.random.default_rng(5).random((6, 32, 32, 3), np.float32)
        training.run(batch)
        uploads = []

        def no_copy(array):
            raise AssertionError("a copy from the device to the host within a step")

        monkeypatch.setattr(device_backend.device, "download", no_copy)
        monkeypatch.setattr(
            device_backend.device,
            "upload",
            lambda a, upload=device_backend.device.upload: uploads.append(a.shape) or upload(a),
        )
        training.run(batch)
        assert uploads == [batch.shape], "a step uploads its batch and nothing else"
        monkeypatch.undo()
        assert training.read_step() == 2 and training.healthy()
