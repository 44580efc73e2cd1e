"""Arrays on the device: made, copied, filled, seen in another shape."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from alicuda.backends.numba_.array import Array


class Memory:
    device: Any

    def _empty(self, shape: Sequence[int], dtype: Any = np.float32) -> Array:
        """An array that nobody has written."""
        if np.dtype(dtype) == np.float64:
            raise ValueError("the numba backend computes in float32: it has no arrays of float64")
        return self.device.empty(shape, dtype)

    def asarray(self, array: Any, dtype: Any = None) -> Array:
        """On the device. Every float becomes float32, which is what the kernels compute in."""
        host = array if not isinstance(array, Array) else None if dtype in (None, array.dtype) else self.to_numpy(array)
        if host is None:
            return array
        host = np.asarray(host)
        dtype = np.dtype(host.dtype if dtype is None else dtype).newbyteorder("=")
        host = np.require(host, np.float32 if dtype.kind == "f" else dtype, ["C", "ALIGNED"])
        return self.device.upload(host)

    def to_numpy(self, x: Array) -> np.ndarray:
        return self.device.download(x)

    def full(self, shape: Sequence[int], value: float, dtype: Any) -> Array:
        x = self._empty(shape, dtype)
        self.copy_into(x, value)
        return x

    def reshape(self, x: Array, shape: Sequence[int]) -> Array:
        return x.reshape(*shape)

    def copy_into(self, target: Array, source: Any) -> None:
        """target = source: a number, or an array on the device of as many elements, of the same type."""
        if isinstance(source, Array):
            if source.dtype != target.dtype:
                raise ValueError(f"copy_into: an array of {source.dtype} cannot be copied into one of {target.dtype}")
            source = source.reshape(*target.shape)
            if target.size:
                target.data.copy_to_device(source.data)
        elif target.dtype == np.float32:
            self.device.launch_each("arithmetic", "fill", target.size, target.reshape(-1), target.size, float(source))
        else:  # the counters of the training step, made once
            target.data.copy_to_device(np.full(target.size, source, target.dtype))
