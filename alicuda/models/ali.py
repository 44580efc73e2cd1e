"""ALI: an encoder, a decoder, and a discriminator that sees a picture and a code together.

Two ways to make a pair (x, z): take a picture and encode it, or draw a code and decode it. D tells the two kinds apart;
G1 and G2 move so that it cannot. Once it cannot, the pairs have one distribution: decoding an encoded picture gives it
back. Source: Dumoulin et al. 2016, arXiv 1606.00704, sections 2 and 3.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any, NamedTuple

import numpy as np

from alicuda import backends, ops
from alicuda.models import experiments
from alicuda.models.options import Options
from alicuda.nn import Network, Player, Row
from alicuda.philox import Rng
from alicuda.tensor import Tensor, real_numbers, wrap


class Discriminator:
    """One logit a pair: above 0 D takes it for (data, its code). Towers `image` and `code`, `joint` on top.

    The D of a GAN has no tower `code`, and is not shown one.
    """

    def __init__(self, image: Network, code: Network | None, joint: Network, tensor: Callable[[Any], Tensor]):
        self.image, self.code, self.joint, self.tensor = image, code, joint, tensor

    def __call__(self, x: Any, z: Any, rng: Rng | None = None) -> Tensor:
        """x (N,H,W,C) or (N,C), z (N,code) -> logits (N,). With an rng the training graph, else inference."""
        x = self.tensor(x)
        features = _flat(self.image(_example("d", "x", x, self.image), rng))
        if self.code is not None:
            z = self.tensor(z)
            same_count("d", x, z)
            features = ops.concat([features, _flat(self.code(_example("d", "z", z, self.code), rng))], 1)
        return self.joint(_example("d", "features", features, self.joint), rng).reshape(-1)


class Pairs(NamedTuple):
    """What one forward pass of training saw."""

    real: Tensor  # logits of (x, z_hat), (B,); of a GAN those of x
    fake: Tensor  # logits of (x_tilde, z), (B,); of a GAN those of x_tilde
    tensors: dict[str, Tensor]  # x, z, x_tilde, z_hat and the logits, in the order they were made, to name a NaN


def networks(experiment: str, options: Options) -> dict[str, Network]:
    """The nets g2, g1, d.image, d.code and d.joint of an experiment, with shapes but without parameters yet.

    Of a GAN (`options.model`) only g1, d.image and d.joint.
    """
    table, o = experiments.get(experiment), options
    points = len(table.shape) == 1

    def network(name: str, rows: Sequence[Row], in_shape: tuple[int, ...], last_out: int) -> Network:
        return Network(name, experiments.rows(rows, last_out, o), in_shape, o.slope, o.batch_norm_eps)

    def flat(size: int) -> tuple[int, ...]:
        return (size,) if points else (1, 1, size)

    image = network("d.image", table.d_image, table.shape, 0)
    g1 = network("g1", table.g1, flat(o.code), table.shape[-1])
    if o.model == "gan":
        joint = network("d.joint", table.d_joint, flat(prod(image.out_shape)), 1)
        return {net.name: net for net in (g1, image, joint)}
    noise_encoder = table.encoder == "noise"
    g2_in = (2 * table.shape[0],) if noise_encoder else table.shape
    code = network("d.code", table.d_code, flat(o.code), 0)
    nets = [
        network("g2", table.g2, g2_in, o.code if noise_encoder else 2 * o.code),
        g1,
        image,
        code,
        network("d.joint", table.d_joint, flat(prod(image.out_shape) + prod(code.out_shape)), 1),
    ]
    return {net.name: net for net in nets}


class ALI:
    """The model of an experiment.

    `experiment`: svhn, cifar10, celeba, tiny_imagenet, mixture; or tiny, for debuggers and simulators. `options`: its
    settings, the official code's unless given. `seed`: of the initial weights. Parameters live on the current backend
    in `dtype`.

    `.g1` decodes, `.g2` encodes, `.d` judges; `.players` are "g" (both G1 and G2) and "d", with their flat buffers.
    """

    kind = "ali"
    encodes = True

    def __init__(self, experiment: str, options: Options | None = None, seed: int = 0, dtype: Any = np.float32):
        self.options = o = options or experiments.default_options(experiment)
        if o.model != self.kind:
            raise ValueError(f"{type(self).__name__}: these are the options of a {o.model}; models.create makes either")
        self.networks = nets = networks(experiment, o)
        self.experiment, self.seed, self.dtype = experiment, seed, np.dtype(dtype).type
        table = experiments.get(experiment)
        self.shape, self.noise_encoder = table.shape, table.encoder == "noise"
        self.backend = backends.current()
        self.d = Discriminator(nets["d.image"], nets.get("d.code"), nets["d.joint"], self.tensor)
        self.players = {
            "g": Player([net for name, net in nets.items() if not name.startswith("d.")], self.backend, dtype),
            "d": Player([net for name, net in nets.items() if name.startswith("d.")], self.backend, dtype),
        }
        self.players["g"].initialise(seed, o.init_std, 0)
        self.players["d"].initialise(seed, o.init_std, len(self.players["g"].parameters))

    def g1(self, z: Any, rng: Rng | None = None) -> Tensor:
        """Decode: z (N,code) -> x (N,H,W,C), pixels in (0, 1). With an rng the training graph, else inference."""
        g1 = self.networks["g1"]
        return g1(_example("g1", "z", self.tensor(z), g1), rng)

    def g2(self, x: Any, rng: Rng | None = None) -> tuple[Tensor, Tensor]:
        """Encode: x (N,H,W,C), pixels in [0, 1] -> (mu, log_sigma), each (N,code)."""
        if self.noise_encoder:
            raise ValueError(f"g2: the encoder of {self.experiment} has no mu and log_sigma; use infer(x, rng)")
        g2 = self.networks["g2"]
        both = _flat(g2(_example("g2", "x", self.tensor(x), g2), rng))
        mu, log_sigma = ops.split(both, [self.options.code] * 2, axis=1)
        return mu, log_sigma

    def infer(self, x: Any, rng: Rng, training: bool = False, eps: Any = None) -> Tensor:
        """A sample z (N,code) of q(z|x). `eps` replaces the noise drawn from `rng`: (N,code), or for the encoder of
        the mixture, which takes noise as an input, of x's shape."""
        x, graph = self.tensor(x), rng if training else None
        if self.noise_encoder:
            if eps is None:
                eps = wrap(self.backend.normal(x.shape, rng.draw(), x.dtype.type), self.backend)
            return self.networks["g2"](ops.concat([x, self.tensor(eps)], 1), graph)
        return ops.gaussian_sample(*self.g2(x, graph), rng, None if eps is None else self.tensor(eps))

    def pairs(self, x: Any, z: Any, rng: Rng, eps: Any = None) -> Pairs:
        """One forward pass of the training graph on a batch x of data and as many codes z ~ N(0, I)."""
        x, z = self.tensor(x), self.tensor(z)
        same_count("losses", x, z)
        z_hat = self.infer(x, rng, training=True, eps=eps)
        x_tilde = self.g1(z, rng)
        if self.options.d_batch == "joined":
            both = self.d(ops.concat([x, x_tilde], 0), ops.concat([z_hat, z], 0), rng)
            real, fake = ops.split(both, [x.shape[0]] * 2, axis=0)
        else:
            real, fake = self.d(x, z_hat, rng), self.d(x_tilde, z, rng)
        tensors = {"x": x, "z": z, "z_hat": z_hat, "x_tilde": x_tilde, "D(x, z_hat)": real, "D(x_tilde, z)": fake}
        return Pairs(real, fake, tensors)

    def losses(self, x: Any, z: Any, rng: Rng, eps: Any = None) -> tuple[Tensor, Tensor]:
        """(loss_d, loss_g) of the training graph; x (B,H,W,C), z (B,code); `eps` replaces the encoder's noise.

        Their gradients share the graph: grad(loss_d, ..., retain_graph=True), then grad(loss_g, ...).
        """
        pairs = self.pairs(x, z, rng, eps)
        return loss_d(pairs), loss_g(pairs)

    def tensor(self, array: Any) -> Tensor:
        """Tensors stay what they are; anything else becomes one on the model's backend, of the model's dtype."""
        if isinstance(array, Tensor):
            return array
        return wrap(self.backend.asarray(real_numbers("ALI", array), self.dtype), self.backend)

    def set_output_bias(self, mean_picture: np.ndarray) -> None:
        """Set G1's untied output bias to the log-odds of `mean_picture` (H,W,C), so that G1 starts near it."""
        m = np.clip(np.asarray(mean_picture, np.float64), 1e-7, 1 - 1e-7)
        bias = self.networks["g1"].layers[-1].parameters["b"]
        self.backend.copy_into(bias.array, self.backend.asarray(np.log(m / (1 - m)), bias.dtype))


def loss_d(pairs: Pairs) -> Tensor:
    """L_D = mean softplus(-d) + softplus(s), with d the logits of real pairs and s of fake ones."""
    return ops.softplus(-pairs.real).mean() + ops.softplus(pairs.fake).mean()


def loss_g(pairs: Pairs) -> Tensor:
    """L_G = mean softplus(d) + softplus(-s): the labels exchanged. It moves encoder and decoder alike."""
    return ops.softplus(pairs.real).mean() + ops.softplus(-pairs.fake).mean()


def same_count(op: str, x: Tensor, z: Tensor) -> None:
    if x.shape[:1] != z.shape[:1] or not x.shape:
        raise ValueError(f"{op}: x has shape {x.shape} and z has shape {z.shape}: each picture needs a code")


def _flat(x: Tensor) -> Tensor:
    return x.reshape(x.shape[0], -1)


def _example(op: str, name: str, x: Tensor, network: Network) -> Tensor:
    """x as `network` takes it; (N,C) and (N,1,1,C) are the same. ValueError if its examples have another shape."""
    if x.ndim < 2 or x.size == 0 or (x.shape[1:] != network.in_shape and (1, 1, *x.shape[1:]) != network.in_shape):
        wanted = ", ".join(map(str, network.in_shape))
        raise ValueError(f"{op}: {name} has shape {x.shape}, but (N, {wanted}) is needed")
    return x.reshape(x.shape[0], *network.in_shape)
