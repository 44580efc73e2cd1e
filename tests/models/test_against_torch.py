"""Our ops and ALI's losses against PyTorch's autograd, in float64, with the same noise and the same masks."""

import numpy as np
import pytest

from alicuda import Rng, batch_norm, conv2d, conv_transpose2d, grad, use_backend
from alicuda.backends.numpy_ import NumPy
from alicuda.backends.numpy_fast import NumPyFast
from alicuda.models import ALI
from alicuda.models.experiments import default_options
from alicuda.philox import TRAINING, Draw
from alicuda.tensor import Tensor

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install torch")
F = torch.nn.functional
RTOL = 1e-9


def close(ours, theirs):
    theirs = theirs.detach().numpy()
    assert ours.shape == theirs.shape and np.isfinite(theirs).all()
    assert np.linalg.norm(ours - theirs) <= RTOL * max(np.linalg.norm(theirs), 1e-12)


def t(array, *axes):
    """A leaf of PyTorch's from an array of ours, with its axes in PyTorch's order."""
    return torch.tensor(np.ascontiguousarray(array.transpose(*axes) if axes else array), requires_grad=True)


@pytest.fixture(params=[NumPy, NumPyFast], ids=["oracle", "numpy"], autouse=True)
def backend(request):
    with use_backend(request.param()) as chosen:
        yield chosen


@pytest.mark.parametrize("stride", [1, 2, 3])
def test_convolutions(stride):
    random = np.random.default_rng(0)
    x, w = random.standard_normal((3, 9, 8, 4)), random.standard_normal((3, 2, 4, 5))
    a, b = Tensor(x, True), Tensor(w, True)
    y = conv2d(a, b, stride)
    c = random.standard_normal(y.shape)
    dx, dw = grad((y * c).sum(), [a, b])
    ta, tb = t(x, 0, 3, 1, 2), t(w, 3, 2, 0, 1)
    ty = F.conv2d(ta, tb, stride=stride)
    close(y.numpy(), ty.permute(0, 2, 3, 1))
    tdx, tdw = torch.autograd.grad((ty * torch.tensor(c).permute(0, 3, 1, 2)).sum(), [ta, tb])
    close(dx.numpy(), tdx.permute(0, 2, 3, 1))
    close(dw.numpy(), tdw.permute(2, 3, 1, 0))


@pytest.mark.parametrize("stride", [1, 2, 3])
def test_transposed_convolutions(stride):
    random = np.random.default_rng(1)
    y, w = random.standard_normal((3, 4, 5, 6)), random.standard_normal((3, 2, 4, 6))
    a, b = Tensor(y, True), Tensor(w, True)
    x = conv_transpose2d(a, b, stride)
    c = random.standard_normal(x.shape)
    dy, dw = grad((x * c).sum(), [a, b])
    ta, tb = t(y, 0, 3, 1, 2), t(w, 3, 2, 0, 1)
    tx = F.conv_transpose2d(ta, tb, stride=stride)
    close(x.numpy(), tx.permute(0, 2, 3, 1))
    tdy, tdw = torch.autograd.grad((tx * torch.tensor(c).permute(0, 3, 1, 2)).sum(), [ta, tb])
    close(dy.numpy(), tdy.permute(0, 2, 3, 1))
    close(dw.numpy(), tdw.permute(2, 3, 1, 0))


def test_batch_norm():
    random = np.random.default_rng(2)
    arrays = [random.standard_normal((4, 3, 5, 6)), random.standard_normal(6), random.standard_normal(6)]
    ours = [Tensor(array, True) for array in arrays]
    y = batch_norm(*ours, eps=1e-4)
    c = random.standard_normal(y.shape)
    theirs = [t(arrays[0], 0, 3, 1, 2), t(arrays[1]), t(arrays[2])]
    ty = F.batch_norm(theirs[0], None, None, theirs[1], theirs[2], training=True, eps=1e-4)
    close(y.numpy(), ty.permute(0, 2, 3, 1))
    expected = torch.autograd.grad((ty * torch.tensor(c).permute(0, 3, 1, 2)).sum(), theirs)
    got = grad((y * c).sum(), ours)
    close(got[0].numpy(), expected[0].permute(0, 2, 3, 1))
    close(got[1].numpy(), expected[1])
    close(got[2].numpy(), expected[2])


class Torch:
    """The nets of an ALI model in PyTorch, NCHW, with the masks and noise that our draws give."""

    def __init__(self, model, rng):
        self.model, self.rng, self.leaves = model, rng, {}
        for player in model.players.values():
            for name, parameter in zip(player.names, player.parameters, strict=True):
                key, axes = name.rsplit(".", 1)[1], ()
                if key == "w":
                    axes = (3, 2, 0, 1)  # (R,S,C,K) -> (K,C,R,S), which is a transposed convolution's (in,out,R,S)
                elif parameter.ndim == 3:
                    axes = (2, 0, 1)
                self.leaves[name] = t(parameter.numpy(), *axes)

    def dropout(self, x, p):
        if not p:
            return x
        N, C, H, W = x.shape
        ones = np.ones((N, H, W, C))
        kept, _ = self.model.backend.dropout(ones, p, self.rng.draw())
        return x * torch.tensor(kept).permute(0, 3, 1, 2)

    def net(self, name, x):
        for i, layer in enumerate(self.model.networks[name].layers):
            row, key = layer.row, f"{name}.{i + 1}."
            x = self.dropout(x, row.drop)
            conv = F.conv_transpose2d if row.op == "tconv" else F.conv2d
            x = conv(x, self.leaves[key + "w"], stride=row.stride)
            if row.bias == "tied":
                x = x + self.leaves[key + "b"].view(1, -1, 1, 1)
            elif row.bias == "untied":
                x = x + self.leaves[key + "b"]
            if row.bn:
                scale, shift = self.leaves[key + "scale"], self.leaves[key + "shift"]
                x = F.batch_norm(x, None, None, scale, shift, training=True, eps=layer.eps)
            x = self.dropout(x, row.drop_act)
            if row.act == "leaky_relu":
                x = F.leaky_relu(x, layer.slope)
            elif row.act == "sigmoid":
                x = torch.sigmoid(x)
            elif row.act.startswith("maxout"):
                N, C, H, W = x.shape
                x = x.view(N, C // layer.pieces, layer.pieces, H, W).max(dim=2).values
        return x

    def losses(self, x, z, eps):
        x = torch.tensor(x).permute(0, 3, 1, 2)
        z, eps = (torch.tensor(code)[..., None, None] for code in (z, eps))
        mu, log_sigma = self.net("g2", x).chunk(2, dim=1)
        z_hat, x_tilde = mu + log_sigma.exp() * eps, self.net("g1", z)
        images, codes = torch.cat([x, x_tilde]), torch.cat([z_hat, z])
        towers = [self.net("d.image", images), self.net("d.code", codes)]
        real, fake = self.net("d.joint", torch.cat(towers, dim=1)).flatten().chunk(2)
        softplus = F.softplus
        return (
            softplus(-real).mean() + softplus(fake).mean(),
            softplus(real).mean() + softplus(-fake).mean(),
        )


@pytest.mark.parametrize("experiment", ["svhn", "cifar10"])
def test_losses_and_all_their_gradients(experiment):
    options = default_options(experiment).with_assignments(["width=0.2", "code=7", "init_std=0.2"])
    model = ALI(experiment, options, seed=3, dtype=np.float64)
    random = np.random.default_rng(4)
    x, z = random.random((5, 32, 32, 3)), random.standard_normal((5, 7))
    eps = model.backend.normal((5, 7), Draw(9, TRAINING, 6), np.float64)

    ours = model.losses(x, z, Rng(9, TRAINING + 1, 6), eps=eps)
    theirs_net = Torch(model, Rng(9, TRAINING + 1, 6))
    theirs = theirs_net.losses(x, z, eps)
    for mine, loss in zip(ours, theirs, strict=True):
        assert abs(mine.item() - loss.item()) <= RTOL * abs(loss.item())
    for player, mine, loss in zip((model.players["d"], model.players["g"]), ours, theirs, strict=True):
        leaves = [theirs_net.leaves[name] for name in player.names]
        expected = torch.autograd.grad(loss, leaves, retain_graph=True)
        gradients = grad(mine, player.parameters, retain_graph=True)
        for name, got, reference in zip(player.names, gradients, expected, strict=True):
            if name.endswith(".w"):
                reference = reference.permute(2, 3, 1, 0)
            elif reference.ndim == 3:
                reference = reference.permute(1, 2, 0)
            close(got.numpy(), reference)
