"""Random numbers: launches `gaussian.cu`. Noise is never stored, backward makes it again."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from alicuda.philox import Draw


class Random:
    device: Any
    _empty: Any
    _elementwise: Any
    _map: Any
    add: Any
    exp: Any
    mul: Any

    def uniform(self, shape: Sequence[int], draw: Draw, dtype: Any) -> Any:
        return self._random("uniform", shape, draw, dtype)

    def normal(self, shape: Sequence[int], draw: Draw, dtype: Any) -> Any:
        return self._random("normal", shape, draw, dtype)

    def gaussian_sample(self, mu: Any, log_sigma: Any, draw: Draw | None, eps: Any) -> tuple[Any, Any]:
        """With a draw, no eps is kept."""
        if eps is not None:
            return self.add(mu, self.mul(self.exp(log_sigma), eps)), eps
        return self._map("gaussian.cu", "gaussian_sample", (mu, log_sigma), *self._named(draw)), None

    def gaussian_sample_grad(self, dz: Any, log_sigma: Any, draw: Draw | None, eps: Any) -> tuple[Any, Any]:
        if eps is not None:
            return dz, self.mul(dz, self.mul(self.exp(log_sigma), eps))
        return dz, self._map("gaussian.cu", "gaussian_sample_grad", (dz, log_sigma), *self._named(draw))

    def _random(self, kernel: str, shape: Sequence[int], draw: Draw, dtype: Any) -> Any:
        y = self._empty(shape, dtype)
        self._elementwise("gaussian.cu", kernel, y.size, (y, y.size, *self._named(draw)))
        return y

    def _named(self, draw: Any) -> tuple[int, int, Any]:
        """A draw as kernels take it: seed, stream, and the step as an array of one."""
        step = draw.step if hasattr(draw.step, "dtype") and draw.step.shape else self._uploaded(int(draw.step) % 2**32)
        return draw.seed % 2**64, draw.stream % 2**32, step

    @cached_property
    def _uploaded(self) -> Any:
        """A number of the host as an array of one on the device; the newest few are kept."""
        return lru_cache(64)(lambda step: self.device.upload(np.array([step], np.int64)))
