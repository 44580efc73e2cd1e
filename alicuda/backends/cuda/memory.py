"""Arrays on the device: made, copied, filled, seen in another shape."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

MOST_ELEMENTS = 2**31 - 4096  # kernels count elements in an int, and the last block counts a little beyond the end


def aligned(array: Any) -> bool:
    """May it be read 16 bytes at a time? A slice of a larger array may not."""
    address = array.data.ptr if hasattr(array.data, "ptr") else array.ctypes.data
    return address % 16 == 0


class Memory:
    device: Any
    _elementwise: Any

    def asarray(self, array: Any, dtype: Any = None) -> Any:
        """On the device, contiguous. Every float becomes float32, which is what the kernels compute in."""
        on_device = hasattr(array, "__cuda_array_interface__")
        array = array if on_device else np.asarray(array)
        dtype = np.dtype(array.dtype if dtype is None else dtype).newbyteorder("=")
        dtype = np.dtype(np.float32) if dtype.kind == "f" else dtype
        if on_device:
            return array.astype(dtype, order="C", copy=False)
        return self.device.upload(np.require(array, dtype, ["C", "ALIGNED"]))

    def to_numpy(self, x: Any) -> np.ndarray:
        return self.device.download(x)

    def full(self, shape: Sequence[int], value: float, dtype: Any) -> Any:
        x = self._empty(shape, dtype)
        self.copy_into(x, value)
        return x

    def reshape(self, x: Any, shape: Sequence[int]) -> Any:
        return x.reshape(shape)

    def copy_into(self, target: Any, source: Any) -> None:
        """target = source: a number, or an array on the device of as many elements, of the same type."""
        is_number = bool(np.isscalar(source))
        if not is_number:
            if source.dtype != target.dtype:
                raise ValueError(f"copy_into: an array of {source.dtype} cannot be copied into one of {target.dtype}")
            self.device.copy(target, source.reshape(target.shape))
        elif target.dtype == np.float32:
            self._elementwise("arithmetic.cu", "fill", target.size, (target, target.size, float(source)))
        else:  # the counters of the training step, made once
            self.device.copy(target, self.device.upload(np.full(target.shape, source, target.dtype)))

    def _empty(self, shape: Sequence[int], dtype: Any = np.float32) -> Any:
        """An array that nobody has written. ValueError for what the kernels cannot compute in or count."""
        if np.dtype(dtype) == np.float64:
            raise ValueError(f"the {self.device.name} backend computes in float32: it has no arrays of float64")
        if prod(shape) > MOST_ELEMENTS:
            raise ValueError(f"an array of shape {tuple(shape)} has more elements than the kernels can count")
        return self.device.empty(shape, dtype)
