"""The GAN beside ALI: the same decoder and the same D without codes, with right gradients, trained by the same step."""

from dataclasses import replace

import numpy as np
import pytest

from alicuda import Rng, models
from alicuda.finite_differences import check_gradient
from alicuda.models import ALI, GAN
from alicuda.models.ali import loss_d, loss_g, networks
from alicuda.models.cost import step_macs
from alicuda.models.experiments import default_options
from alicuda.tensor import Tensor
from alicuda.training.step import TrainingStep


def options(experiment, **more):
    return replace(default_options(experiment), model="gan", **more)


@pytest.mark.parametrize("experiment", ["svhn", "cifar10", "celeba", "mixture", "tiny"])
def test_the_same_decoder_and_d_without_codes(experiment):
    ali, gan = networks(experiment, default_options(experiment)), networks(experiment, options(experiment))
    assert list(gan) == ["g1", "d.image", "d.joint"]

    def rows(nets, name):
        return [(layer.row, layer.in_shape) for layer in nets[name].layers]

    assert rows(gan, "g1") == rows(ali, "g1") and rows(gan, "d.image") == rows(ali, "d.image")
    assert [row for row, _ in rows(gan, "d.joint")] == [row for row, _ in rows(ali, "d.joint")]


def test_the_official_totals_of_the_mixture():
    gan = models.create("mixture", options("mixture"))
    size = {name: sum(int(np.prod(p.shape)) for p in player.parameters) for name, player in gan.players.items()}
    assert size == {"g": 484_802, "d": 405_201}
    macs = {name: sum(layer.macs for layer in net.layers) for name, net in gan.networks.items()}
    assert macs == {"g1": 481_600, "d.image": 0, "d.joint": 402_200}


@pytest.mark.parametrize("player", ["d", "g"])
@pytest.mark.parametrize("batch", ["joined", "apart"])
def test_the_gradients_of_both_losses(player, batch):
    """Finite differences in float64, as for ALI's."""
    gan = models.create("tiny", options("tiny", d_batch=batch), dtype=np.float64)
    random = np.random.default_rng(1)
    x, z = random.random((3, 8, 8, 3)), random.standard_normal((3, 4))
    moved = gan.players[player]
    values = [p.numpy() + 0.3 * random.standard_normal(p.shape) for p in moved.parameters]

    def f(*given: Tensor) -> Tensor:
        tensors = iter(given)
        for _, layer in moved.layers:
            layer.parameters = {key: next(tensors) for key in layer.shapes}
        return (loss_d if player == "d" else loss_g)(gan.pairs(x, z, Rng(5, step=3)))

    found = check_gradient(f, values)
    assert found.passed, found


def test_one_step_moves_everything_that_learns():
    gan = models.create("tiny", options("tiny"))
    before = {name: player.values.copy() for name, player in gan.players.items()}
    training = TrainingStep(gan, 0, 1)
    training.run(np.random.default_rng(0).random((3, 8, 8, 3), np.float32))
    assert training.healthy() and training.non_finite_state() is None
    for player in gan.players.values():
        name = next(key for key, value in gan.players.items() if value is player)
        learned = player.values != before[name]
        assert learned.sum() > 0.9 * sum(int(np.prod(p.shape)) for p in player.parameters), name


def test_a_step_costs_what_is_left_of_alis():
    ali = step_macs(networks("mixture", default_options("mixture")), 100)
    gan = step_macs(networks("mixture", options("mixture")), 100)
    assert gan["forward G2"] == gan["loss G: weight gradients of G2"] == gan["loss G: input gradients of G2"] == 0
    assert gan["forward G1"] == ali["forward G1"]
    joint, first = 402_200, 2 * 1000
    assert gan["loss G: input gradients inside D"] == 100 * (joint - first)


def test_what_needs_an_encoder_says_so():
    gan = models.create("tiny", options("tiny"))
    x = np.zeros((1, 8, 8, 3), np.float32)
    with pytest.raises(ValueError, match="a GAN has no encoder"):
        gan.g2(x)
    with pytest.raises(ValueError, match="a GAN has no encoder"):
        gan.infer(x, Rng(0))


def test_options_and_class_agree():
    assert type(models.create("tiny", default_options("tiny"))) is ALI
    assert type(models.create("tiny", options("tiny"))) is type(GAN("tiny")) is GAN
    with pytest.raises(ValueError, match="options of a gan"):
        ALI("tiny", options("tiny"))
    with pytest.raises(ValueError, match="options of a ali"):
        GAN("tiny", default_options("tiny"))
