"""Arrays on the device: made, copied, filled, seen in another shape."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

MOST_ELEMENTS = 2**31 - 1  # the kernels count elements in an int


class Memory:
    device: Any

    def asarray(self, array: Any, dtype: Any = None) -> Any:
        """On the device. Numbers of 64 bits become float32: that is what the kernels compute in."""
        if type(array).__module__.split(".")[0] == "cupy":
            return array
        dtype = np.dtype(dtype or np.asarray(array).dtype)
        return self.device.upload(np.ascontiguousarray(array, np.float32 if dtype == np.float64 else dtype).reshape(np.shape(array)))

    def to_numpy(self, x: Any) -> np.ndarray:
        return self.device.download(x)

    def full(self, shape: Sequence[int], value: float, dtype: Any) -> Any:
        if np.dtype(dtype) == np.float64:
            raise ValueError(f"the {self.device.name} backend computes in float32, not in float64: choose dtype float32")
        if np.dtype(dtype) != np.float32:
            return self.device.upload(np.full(tuple(shape), value, dtype))
        x = self._empty(shape)
        self.copy_into(x, value)
        return x

    def reshape(self, x: Any, shape: Sequence[int]) -> Any:
        return x.reshape(shape)

    def copy_into(self, target: Any, source: Any) -> None:
        """target = source: a number, or an array of as many elements."""
        if isinstance(source, int | float):
            if target.dtype != np.float32:
                source = self.device.upload(np.full(target.shape, source, target.dtype))
            else:
                return self._elementwise("fill", target.size, (target, float(source)))
        self.device.copy(target, source.reshape(target.shape))

    def _empty(self, shape: Sequence[int], dtype: Any = np.float32) -> Any:
        if prod(shape) > MOST_ELEMENTS:
            raise ValueError(f"an array of shape {tuple(shape)} has more elements than the kernels can count, 2^31 - 1")
        return self.device.empty(shape, dtype)
