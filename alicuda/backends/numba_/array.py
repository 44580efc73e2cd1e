"""Arrays on Numba's device."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any


class Array:
    """An array on Numba's device: one-dimensional memory and a shape.

    Numba's own arrays would do on a GPU, but those of its simulator refuse what host code is used to, as in shape[-1].
    """

    def __init__(self, data: Any, shape: Sequence[int]):
        self.data, self.shape = data, tuple(int(n) for n in shape)
        self.size, self.dtype, self.ndim = prod(self.shape), data.dtype, len(self.shape)

    def __getitem__(self, part: slice) -> Array:
        """A view of a one-dimensional array."""
        data = self.data[part]
        return Array(data, (data.size,))

    def reshape(self, *shape: int) -> Array:
        """The same numbers under another shape, one extent of which may be -1. ValueError if none fits."""
        rest = prod(n for n in shape if n != -1)
        if shape.count(-1) == 1 and rest:
            shape = tuple(self.size // rest if n == -1 else n for n in shape)
        if prod(shape) != self.size or min(shape, default=0) < 0:
            raise ValueError(f"an array of shape {self.shape} cannot become one of shape {shape}")
        return Array(self.data, shape)
