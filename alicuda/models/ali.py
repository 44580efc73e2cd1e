"""ALI: an encoder, a decoder, and a discriminator that sees a picture and a code together.

Two ways to make a pair (x, z): take a picture and encode it, or draw a code and decode it. D tells the two kinds apart;
G1 and G2 move so that it cannot. Once it cannot, the pairs have one distribution: decoding an encoded picture gives it
back. Source: Dumoulin et al. 2016, arXiv 1606.00704, sections 2 and 3.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from alicuda import backends, ops
from alicuda.models import experiments
from alicuda.models.options import Options
from alicuda.nn import Network, Player
from alicuda.philox import Rng
from alicuda.tensor import Tensor


class Discriminator:
    """One logit a pair: above 0 D takes it for (data, its code). Towers `image` and `code`, `joint` on top."""

    def __init__(self, image: Network, code: Network, joint: Network):
        self.image, self.code, self.joint = image, code, joint

    def __call__(self, x: Any, z: Any, rng: Rng | None = None) -> Tensor:
        """x (N,H,W,C) or (N,C), z (N,code) -> logits (N,). With an rng the training graph, else inference."""
        x, z = _tensor(x), _tensor(z)
        if x.shape[0] != z.shape[0]:
            raise ValueError(f"d: x has shape {x.shape} and z has shape {z.shape}: a picture for each code is needed")
        features = [_flat(self.image(_example("d", "x", x, self.image), rng))]
        features.append(_flat(self.code(_example("d", "z", z, self.code), rng)))
        return self.joint(_example("d", "features", ops.concat(features, 1), self.joint), rng).reshape(-1)


class Pairs(NamedTuple):
    """What one forward pass of training saw."""

    real: Tensor  # logits of (x, z_hat), (B,)
    fake: Tensor  # logits of (x_tilde, z), (B,)
    tensors: dict[str, Tensor]  # x, z, x_tilde, z_hat and the logits, in the order they were made, to name a NaN


class ALI:
    """The model of an experiment.

    `experiment`: svhn, cifar10, celeba, tiny_imagenet, mixture. `options`: its settings, the official code's unless
    given. `seed`: of the initial weights. Parameters live on the current backend in `dtype`.

    `.g1` decodes, `.g2` encodes, `.d` judges; `.g` and `.d_player` are the two players with their flat buffers.
    """

    def __init__(self, experiment: str, options: Options | None = None, seed: int = 0, dtype: Any = np.float32):
        table = experiments.get(experiment)
        self.experiment, self.seed = experiment, seed
        self.options = o = options or experiments.default_options(experiment)
        self.shape, self.noise_encoder = table.shape, table.encoder == "noise"
        self.backend = backends.current()
        points = len(self.shape) == 1
        code_shape = (o.code,) if points else (1, 1, o.code)

        def network(name: str, table_rows: Sequence[Any], in_shape: tuple[int, ...], last_out: int) -> Network:
            built = experiments.rows(table_rows, last_out, o)
            return Network(name, built, in_shape, o.slope, o.batch_norm_eps)

        g2_in, g2_out = ((self.shape[0] * 2,), o.code) if self.noise_encoder else (self.shape, 2 * o.code)
        self._g2 = network("g2", table.g2, g2_in, g2_out)
        self._g1 = network("g1", table.g1, code_shape, self.shape[-1])
        image = network("d.image", table.d_image, self.shape, 0)
        code = network("d.code", table.d_code, code_shape, 0)
        joined = int(np.prod(image.out_shape) + np.prod(code.out_shape))
        joint = network("d.joint", table.d_joint, (joined,) if points else (1, 1, joined), 1)
        self.d = Discriminator(image, code, joint)

        self.networks = {"g2": self._g2, "g1": self._g1, "d.image": image, "d.code": code, "d.joint": joint}

        self.g = Player([self._g2, self._g1], self.backend, dtype)
        self.d_player = Player([image, code, joint], self.backend, dtype)
        self.g.initialise(seed, o.init_std, 0)
        self.d_player.initialise(seed, o.init_std, len(self.g.parameters))

    @property
    def players(self) -> dict[str, Player]:
        return {"g": self.g, "d": self.d_player}

    def g1(self, z: Any, rng: Rng | None = None) -> Tensor:
        """Decode: z (N,code) -> x (N,H,W,C), pixels in (0, 1). With an rng the training graph, else inference."""
        return self._g1(_example("g1", "z", _tensor(z), self._g1), rng)

    def g2(self, x: Any, rng: Rng | None = None) -> tuple[Tensor, Tensor]:
        """Encode: x (N,H,W,C), pixels in [0, 1] -> (mu, log_sigma), each (N,code)."""
        if self.noise_encoder:
            raise ValueError(f"g2: the encoder of {self.experiment} has no mu and log_sigma; use infer(x, rng)")
        both = _flat(self._g2(_example("g2", "x", _tensor(x), self._g2), rng))
        mu, log_sigma = ops.split(both, [self.options.code] * 2, axis=1)
        return mu, log_sigma

    def infer(self, x: Any, rng: Rng, training: bool = False, eps: Any = None) -> Tensor:
        """A sample z (N,code) of q(z|x). `eps` replaces the noise drawn from `rng`."""
        x, graph = _tensor(x), rng if training else None
        if self.noise_encoder:
            noise = _tensor(self.backend.normal(x.shape, rng.draw(), x.dtype.type) if eps is None else eps)
            return self._g2(ops.concat([x, noise], 1), graph)
        return ops.gaussian_sample(*self.g2(x, graph), rng, eps)

    def pairs(self, x: Any, z: Any, rng: Rng, eps: Any = None) -> Pairs:
        """One forward pass of the training graph on a batch x of data and as many codes z ~ N(0, I)."""
        x, z = _tensor(x), _tensor(z)
        if x.shape[0] != z.shape[0]:
            raise ValueError(f"losses: x has shape {x.shape} and z has shape {z.shape}: a code for each picture is needed")
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
        """(loss_d, loss_g) of the training graph; x (B,H,W,C), z (B,code); `eps` (B,code) replaces the encoder's noise.

        Their gradients share the graph: grad(loss_d, ..., retain_graph=True), then grad(loss_g, ...).
        """
        pairs = self.pairs(x, z, rng, eps)
        return loss_d(pairs), loss_g(pairs)

    def set_output_bias(self, mean_picture: np.ndarray) -> None:
        """Set G1's untied output bias to the log-odds of `mean_picture` (H,W,C), so that G1 starts near it."""
        m = np.clip(np.asarray(mean_picture, np.float64), 1e-7, 1 - 1e-7)
        bias = self._g1.layers[-1].parameters["b"]
        self.backend.copy_into(bias.array, self.backend.asarray(np.log(m / (1 - m)), bias.dtype))


def loss_d(pairs: Pairs) -> Tensor:
    """L_D = mean softplus(-d) + softplus(s), with d the logits of real pairs and s of fake ones."""
    return ops.softplus(-pairs.real).mean() + ops.softplus(pairs.fake).mean()


def loss_g(pairs: Pairs) -> Tensor:
    """L_G = mean softplus(d) + softplus(-s): the labels exchanged. It moves encoder and decoder alike."""
    return ops.softplus(pairs.real).mean() + ops.softplus(-pairs.fake).mean()


def _tensor(array: Any) -> Tensor:
    return array if isinstance(array, Tensor) else Tensor(array)


def _flat(x: Tensor) -> Tensor:
    return x.reshape(x.shape[0], -1)


def _example(op: str, name: str, x: Tensor, network: Network) -> Tensor:
    """x with the examples' shape that `network` takes; (N,C) and (N,1,1,C) are the same thing."""
    if x.ndim < 2 or (x.shape[1:] != network.in_shape and (1, 1, *x.shape[1:]) != network.in_shape):
        raise ValueError(f"{op}: {name} has shape {x.shape}, but (N, {', '.join(map(str, network.in_shape))}) is needed")
    return x.reshape(x.shape[0], *network.in_shape)
