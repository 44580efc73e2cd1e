"""ALI's two losses as one function of all their parameters, against finite differences."""

import numpy as np
import pytest

from alicuda import Rng, grad, use_backend
from alicuda.backends.numpy_ import NumPy
from alicuda.models import ALI
from alicuda.models.experiments import default_options

SETTINGS = {
    "svhn": ["width=0.05", "code=3", "init_std=0.3"],
    "svhn apart": ["width=0.05", "code=3", "init_std=0.3", "d_batch=apart"],
    "cifar10": ["width=0.05", "code=3", "init_std=0.3"],
    "mixture": ["width=0.02", "init_std=0.3"],
}


def tiny(setting):
    experiment = setting.split()[0]
    return ALI(experiment, default_options(experiment).with_assignments(SETTINGS[setting]), seed=2, dtype=np.float64)


@pytest.mark.parametrize("setting", SETTINGS)
def test_losses(setting):
    with use_backend(NumPy()):
        model = tiny(setting)
        random = np.random.default_rng(1)
        x, z = random.random((4, *model.shape)), random.standard_normal((4, model.options.code))

        def losses():
            return model.losses(x, z, Rng(5, step=3))

        loss_d, loss_g = losses()
        gradients = {
            "d": grad(loss_d, model.players["d"].parameters, retain_graph=True),
            "g": grad(loss_g, model.players["g"].parameters),
        }
        h = 1e-6
        for which, (key, player) in enumerate((("d", model.players["d"]), ("g", model.players["g"]))):
            directional, numeric = [], []
            for parameter, gradient in zip(player.parameters, gradients[key], strict=True):
                assert np.isfinite(gradient.numpy()).all()
                v = random.standard_normal(parameter.shape)
                v /= np.linalg.norm(v)
                start = parameter.array.copy()
                moved = []
                for sign in (1, -1):
                    parameter.array[...] = start + sign * h * v
                    moved.append(losses()[which].item())
                parameter.array[...] = start
                directional.append(float((gradient.numpy() * v).sum()))
                numeric.append((moved[0] - moved[1]) / (2 * h))
            directional, numeric = np.array(directional), np.array(numeric)
            # rounding of a loss near 1.4 over 2h is 1e-10; a kink crossed by one unit moves less than 1e-5 of the norm
            assert np.linalg.norm(directional - numeric) < 1e-5 * np.linalg.norm(numeric)
            assert np.linalg.norm(numeric) > 1e-3


def test_the_gradient_of_one_player_never_enters_the_other():
    model = ALI("svhn", default_options("svhn").with_assignments(["width=0.05", "code=3"]))
    visited = set()
    backend = NumPy()

    def watch(op):
        primitive = getattr(backend, op)

        def watched(*arguments):
            visited.add(op)
            return primitive(*arguments)

        setattr(backend, op, watched)

    for op in ("conv2d_weight_grad", "gaussian_sample_grad", "sigmoid_grad", "batch_norm_leaky_relu_grad"):
        watch(op)
    with use_backend(backend):
        model = ALI("svhn", model.options)
        random = np.random.default_rng(0)
        loss_d, loss_g = model.losses(random.random((2, 32, 32, 3)), random.standard_normal((2, 3)), Rng(0))
        grad(loss_d, model.players["d"].parameters, retain_graph=True)
        assert visited == {"conv2d_weight_grad", "batch_norm_leaky_relu_grad"}
        visited.clear()
        grad(loss_g, model.players["g"].parameters[:1])
        assert {"gaussian_sample_grad", "conv2d_weight_grad"} <= visited and "sigmoid_grad" not in visited
