"""A GAN: ALI without its encoder. What stands beside ALI, to see what the encoder buys.

The same decoder, the same D without its tower of codes, the same two losses and settings; D sees a picture alone.
Source: Goodfellow et al. 2014, arXiv 1406.2661; as a baseline of ALI, the official code's `gan_mixture.py`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NoReturn

import numpy as np

from alicuda import ops
from alicuda.models import experiments
from alicuda.models.ali import ALI, Pairs, same_count
from alicuda.models.options import Options
from alicuda.philox import Rng


class GAN(ALI):
    """As ALI; `.g1` decodes and `.d(x, None)` judges pictures. What needs an encoder raises ValueError."""

    kind = "gan"
    encodes = False

    def __init__(self, experiment: str, options: Options | None = None, seed: int = 0, dtype: Any = np.float32):
        super().__init__(
            experiment, options or replace(experiments.default_options(experiment), model="gan"), seed, dtype
        )

    def g2(self, x: Any, rng: Rng | None = None) -> NoReturn:
        raise ValueError("g2: a GAN has no encoder; ALI has one")

    def infer(self, x: Any, rng: Rng, training: bool = False, eps: Any = None) -> NoReturn:
        raise ValueError("infer: a GAN has no encoder; ALI has one")

    def pairs(self, x: Any, z: Any, rng: Rng, eps: Any = None) -> Pairs:
        """One forward pass of the training graph on a batch x of data and as many codes z ~ N(0, I)."""
        x, z = self.tensor(x), self.tensor(z)
        same_count("losses", x, z)
        x_tilde = self.g1(z, rng)
        if self.options.d_batch == "joined":
            real, fake = ops.split(self.d(ops.concat([x, x_tilde], 0), None, rng), [x.shape[0]] * 2, axis=0)
        else:
            real, fake = self.d(x, None, rng), self.d(x_tilde, None, rng)
        return Pairs(real, fake, {"x": x, "z": z, "x_tilde": x_tilde, "D(x)": real, "D(x_tilde)": fake})


def create(experiment: str, options: Options, seed: int = 0, dtype: Any = np.float32) -> ALI:
    """The model that `options.model` names: ALI, or the GAN beside it."""
    return (GAN if options.model == "gan" else ALI)(experiment, options, seed, dtype)
