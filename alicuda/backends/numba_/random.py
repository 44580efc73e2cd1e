"""Random numbers. Noise is never stored, backward makes it again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from alicuda.backends.numba_.array import Array
from alicuda.philox import Draw


class Random:
    device: Any
    _empty: Any
    _map: Any
    add: Any
    asarray: Any
    exp: Any
    mul: Any

    def uniform(self, shape: Sequence[int], draw: Draw, dtype: Any) -> Array:
        return self._random("uniform", shape, draw, dtype)

    def normal(self, shape: Sequence[int], draw: Draw, dtype: Any) -> Array:
        return self._random("normal", shape, draw, dtype)

    def _random(self, kernel: str, shape: Sequence[int], draw: Draw, dtype: Any) -> Array:
        y = self._empty(shape, dtype)
        self.device.launch_each("gaussian", kernel, y.size, y.reshape(-1), y.size, *self._named(draw))
        return y

    def gaussian_sample(self, mu: Array, log_sigma: Array, draw: Draw | None, eps: Any) -> tuple[Array, Any]:
        """With a draw, no eps is kept."""
        if eps is not None:
            return self.add(mu, self.mul(self.exp(log_sigma), eps)), eps
        return self._map("gaussian", "gaussian_sample", [mu, log_sigma], *self._named(draw)), None

    def gaussian_sample_grad(self, dz: Array, log_sigma: Array, draw: Draw | None, eps: Any) -> tuple[Array, Array]:
        if eps is not None:
            return dz, self.mul(dz, self.mul(self.exp(log_sigma), eps))
        return dz, self._map("gaussian", "gaussian_sample_grad", [dz, log_sigma], *self._named(draw))

    def _named(self, draw: Any) -> tuple[np.uint64, np.uint64, Array]:
        """A draw as kernels take it: seed, stream, and the step as an array of one."""
        step = draw.step if isinstance(draw.step, Array) else self.asarray(np.array([draw.step % 2**32], np.int64))
        return np.uint64(draw.seed % 2**64), np.uint64(draw.stream % 2**32), step
