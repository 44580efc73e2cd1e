"""Our tables against the official layer lists: every layer's shape, options, parameters and multiply-adds."""

from pathlib import Path

import numpy as np
import pytest

from alicuda import InputError, Rng, grad
from alicuda.models import ALI, experiments
from alicuda.models.ali import networks
from alicuda.models.cost import step_macs
from alicuda.models.experiments import default_options
from alicuda.training.step import TrainingStep

OFFICIAL = Path(__file__).with_name("official_layers.txt").read_text(encoding="utf-8").splitlines()
NETS = {"G2": "g2", "G1": "g1", "Dx": "d.image", "Dz": "d.code", "Dj": "d.joint"}
IMAGE_EXPERIMENTS = ("svhn", "cifar10", "celeba", "tiny_imagenet")
ACTIVATIONS = {"leaky_relu": "lrelu", "linear": "linear"}


def section(experiment):
    start = OFFICIAL.index(f"[{experiment}]") + 1
    lines = []
    for line in OFFICIAL[start:]:
        if line.startswith("["):
            break
        lines.append(line.split())
    return lines


def nets(experiment, *assignments):
    return networks(experiment, default_options(experiment).with_assignments(list(assignments)))


@pytest.fixture(params=IMAGE_EXPERIMENTS)
def experiment(request):
    return request.param


def test_every_layer(experiment):
    built = nets(experiment)
    rows = [line for line in section(experiment) if line[0] != "total"]
    assert len(rows) == sum(len(net.layers) for net in built.values())
    for net, number, op, k, s, c_in, out, after, bn, act, bias, drop, weights, biases, bn_params, params, macs in rows:
        layer = built[NETS[net]].layers[int(number) - 1]
        row, shapes = layer.row, {name: int(np.prod(shape)) for name, shape in layer.shapes.items()}
        H, W, K = layer.op_shape
        assert (row.op, row.taps, row.stride) == (op, int(k), int(s)), (net, number)
        assert (layer.in_shape[-1], f"{K},{H},{W}", layer.out_shape[-1]) == (int(c_in), out, int(after))
        assert row.bn == (bn == "yes")
        ours = "logit" if (net, row.act) == ("Dj", "linear") else ACTIVATIONS.get(row.act, row.act)
        assert (ours, row.bias) == (act, "none" if bias == "-" else bias)
        assert row.drop == (0.0 if drop == "-" else float(drop))
        assert shapes["w"] == int(weights) and shapes.get("b", 0) == int(biases)
        assert shapes.get("scale", 0) + shapes.get("shift", 0) == int(bn_params)
        assert sum(shapes.values()) == int(params) and layer.macs == int(macs)


def test_totals(experiment):
    built = nets(experiment)
    for _, net, params, bn_params, macs, activations in (line for line in section(experiment) if line[0] == "total"):
        layers = built[NETS[net]].layers
        shapes = [(name, int(np.prod(shape))) for layer in layers for name, shape in layer.shapes.items()]
        assert sum(size for _, size in shapes) == int(params)
        assert sum(size for name, size in shapes if name in ("scale", "shift")) == int(bn_params)
        assert sum(layer.macs for layer in layers) == int(macs)
        assert sum(int(np.prod(layer.op_shape)) for layer in layers) == int(activations)


@pytest.mark.parametrize(
    "experiment, code, slope, batch, epochs",
    [
        ("svhn", 256, 0.01, 100, 100), ("cifar10", 64, 0.1, 100, 6475), ("celeba", 256, 0.02, 100, 123),
        ("tiny_imagenet", 256, 0.01, 128, 1000), ("mixture", 2, 0.01, 100, 200),
    ],
)  # fmt: skip
def test_options_of_the_official_code(experiment, code, slope, batch, epochs):
    o = default_options(experiment)
    assert (o.code, o.slope, o.batch_size, o.epochs) == (code, slope, batch, epochs)
    assert (o.lr, o.beta2, o.adam_eps, o.batch_norm_eps, o.batch_norm_rate) == (1e-4, 0.999, 1e-8, 1e-4, 0.05)
    assert (o.beta1, o.init_std) == ((0.2, 0.02) if experiment == "mixture" else (0.5, 0.01))


@pytest.mark.parametrize("experiment, batch, gmac", [
    ("svhn", 100, 50.16), ("cifar10", 100, 37.30), ("celeba", 100, 1150.18), ("tiny_imagenet", 128, 256.82),
    ("mixture", 100, 0.516),
])  # fmt: skip
def test_cost_of_a_step(experiment, batch, gmac):
    digits = 3 if experiment == "mixture" else 2
    assert round(sum(step_macs(nets(experiment), batch).values()) / 1e9, digits) == gmac


def test_mixture_parameters():
    built = nets("mixture")
    sizes = [sum(int(np.prod(s)) for layer in built[n].layers for s in layer.shapes.values()) for n in NETS.values()]
    assert sizes == [164_002, 484_802, 0, 0, 407_201]
    macs = [sum(layer.macs for layer in network.layers) for network in built.values()]
    assert macs == [162_400, 481_600, 0, 0, 404_200]


LARGE = [pytest.param(name, marks=pytest.mark.full) for name in ("celeba", "tiny_imagenet")]


@pytest.mark.parametrize("experiment", ["svhn", "cifar10", "mixture", "tiny", *LARGE])
def test_one_step_moves_every_parameter(experiment):
    options = default_options(experiment).with_assignments(["batch_size=2"])
    model = ALI(experiment, options, seed=1)
    before = {name: player.values.copy() for name, player in model.players.items()}
    training = TrainingStep(model, seed=1, ring_rows=1)
    training.run(np.random.default_rng(0).random((2, *model.shape), np.float32))
    assert training.healthy() and training.read_step() == 1
    for name, player in model.players.items():
        for start, parameter_name, parameter in zip(player.offsets, player.names, player.parameters, strict=True):
            moved = player.values[start : start + parameter.size] != before[name][start : start + parameter.size]
            # Adam's first step is lr in the gradient's sign. Two examples of a 1 x 1 map normalise to +-1, and the
            # leaky ReLU's and dropout's zeros leave some gradients exactly 0; but each tensor must move somewhere.
            assert moved.any(), parameter_name
        padding = np.ones(player.values.size, bool)
        for start, parameter in zip(player.offsets, player.parameters, strict=True):
            assert start % 64 == 0
            padding[start : start + parameter.size] = False
        assert not player.values[padding].any()


def test_tiny_has_every_kind_of_layer_and_little_work():
    built = nets("tiny")
    rows = [layer.row for net in built.values() for layer in net.layers]
    assert {r.op for r in rows} == {"conv", "tconv"} and {r.bias for r in rows} == {"none", "tied", "untied"}
    assert {r.act for r in rows} == {"leaky_relu", "maxout2", "sigmoid", "linear"}
    assert {r.bn for r in rows} == {True, False} and {r.stride for r in rows} == {1, 2} and any(r.drop for r in rows)
    assert all(2 <= len(net.layers) <= 4 for net in built.values())
    assert built["g2"].in_shape == built["g1"].out_shape == (8, 8, 3) and default_options("tiny").batch_size == 3
    assert sum(step_macs(built, 3).values()) < 250_000  # some 3 microseconds each in Numba's simulator
    activations = sum(int(np.prod(layer.op_shape)) for net in built.values() for layer in net.layers)
    assert 3 * activations < 5_000  # a CUDA thread each, 0.1 ms in Numba's simulator


def test_width_scales_channels_but_not_ends():
    built = nets("svhn", "width=0.25", "code=32")
    assert [layer.row.out for layer in built["g2"].layers] == [8, 16, 32, 64, 128, 128, 64]
    assert built["g1"].out_shape == (32, 32, 3) and built["d.joint"].out_shape == (1, 1, 1)
    assert all(layer.row.out % 2 == 0 for layer in nets("cifar10", "width=0.1")["d.image"].layers)


def test_paper_options_change_what_they_say():
    def rows(experiment, net, *assignments):
        return [layer.row for layer in nets(experiment, *assignments)[net].layers]

    assert [r.drop for r in rows("cifar10", "d.image", "dropout=paper")] == [0.2, 0.5, 0.5, 0.5, 0.5]
    assert [r.drop_act for r in rows("cifar10", "d.image")] == [0, 0, 0.5, 0, 0]
    assert [r.drop_act for r in rows("cifar10", "d.image", "dropout=paper")] == [0] * 5
    assert nets("cifar10", "maxout=paper")["d.joint"].in_shape == (1, 1, 1024)
    assert {r.drop for r in rows("celeba", "d.image", "dropout=paper")} == {0.0}
    assert [r.bn for r in rows("celeba", "d.image", "first_bn=paper")] == [True] * 5


@pytest.mark.parametrize("assignment, sentence", [
    ("nonsense", "NAME=VALUE"), ("colour=3", "NAME=VALUE"), ("lr=fast", "lr takes a number"),
    ("code=1.5", "code takes an integer"), ("code=0", "code takes an integer from 1"), ("lr=nan", "lr takes a number"),
    ("update=never", "simultaneous or alternating"),
])  # fmt: skip
def test_bad_assignments(assignment, sentence):
    with pytest.raises(InputError, match=sentence):
        default_options("svhn").with_assignments([assignment])


def test_unknown_experiment_lists_the_known_ones():
    with pytest.raises(InputError, match="svhn, cifar10, celeba, tiny_imagenet, mixture, tiny"):
        experiments.get("mnist")


def test_losses_at_the_start_are_two_log_two():
    model = ALI("svhn", default_options("svhn").with_assignments(["width=0.25"]))
    random = np.random.default_rng(0)
    losses = model.losses(random.random((4, 32, 32, 3), np.float32), random.standard_normal((4, 256)), Rng(0))
    assert all(abs(loss.item() - 2 * np.log(2)) < 0.05 for loss in losses)
    with pytest.raises(ValueError, match="had no part"):
        grad(losses[0], [*model.players["d"].parameters, ALI("svhn", model.options).players["g"].parameters[0]])


@pytest.mark.parametrize("d_batch, batches", [("joined", 1), ("apart", 2)])
def test_running_averages_see_every_batch_that_d_saw(d_batch, batches):
    model = ALI("svhn", default_options("svhn").with_assignments(["width=0.1", "code=5", f"d_batch={d_batch}"]))
    random = np.random.default_rng(0)
    model.losses(random.random((3, 32, 32, 3)), random.standard_normal((3, 5)), Rng(0))
    layer = model.networks["d.image"].layers[1]
    means = [mean.copy() for mean, _ in layer.batch_statistics]
    assert len(means) == batches
    expected = np.zeros_like(means[0])
    for mean in means:
        expected = 0.95 * expected + 0.05 * mean
    model.players["d"].update_running(0.05, np.ones(1, np.int64))
    assert np.abs(layer.running["mean"] - expected).max() < 1e-6 * np.abs(expected).max()
    assert not layer.batch_statistics
