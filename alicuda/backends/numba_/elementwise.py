"""One thread, one element: activations, arithmetic and their gradients."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from alicuda import philox
from alicuda.backends.numba_.array import Array
from alicuda.philox import Draw


class Elementwise:
    device: Any
    _empty: Any
    _named: Any

    def _map(self, file: str, kernel: str, inputs: Sequence[Array], *numbers: Any) -> Array:
        """A new array of the inputs' shape, which a kernel(inputs..., output, size, numbers...) fills."""
        shape = inputs[0].shape
        if any(x.shape != shape for x in inputs):
            raise ValueError(f"{kernel}: arrays of shapes {[x.shape for x in inputs]}; they must be the same")
        y = self._empty(shape)
        self.device.launch_each(file, kernel, y.size, *(x.reshape(-1) for x in (*inputs, y)), y.size, *numbers)
        return y

    def leaky_relu(self, x: Array, slope: float) -> Array:
        return self._map("leaky_relu", "leaky_relu", [x], float(slope))

    def leaky_relu_grad(self, dy: Array, y: Array, slope: float) -> Array:
        return self._map("leaky_relu", "leaky_relu_grad", [dy, y], float(slope))

    def maxout(self, x: Array, pieces: int) -> tuple[Array, Array]:
        shape = (*x.shape[:-1], x.shape[-1] // pieces)
        y, which = self._empty(shape), self._empty(shape, np.uint8)
        args = (x.reshape(-1), y.reshape(-1), which.reshape(-1), y.size, pieces)
        self.device.launch_each("maxout", "maxout", y.size, *args)
        return y, which

    def maxout_grad(self, dy: Array, which: Array, pieces: int) -> Array:
        dx = self._empty((*dy.shape[:-1], dy.shape[-1] * pieces))
        args = (dy.reshape(-1), which.reshape(-1), dx.reshape(-1), dx.size, pieces)
        self.device.launch_each("maxout", "maxout_grad", dx.size, *args)
        return dx

    def dropout(self, x: Array, p: float, draw: Draw) -> tuple[Array, None]:
        """The mask is not kept: `dropout_grad` makes it again."""
        threshold = np.uint64(philox.keep_threshold(p))
        return self._map("dropout", "dropout", [x], threshold, float(1 / (1 - p)), *self._named(draw)), None

    def dropout_grad(self, dy: Array, p: float, draw: Draw, mask: None) -> Array:
        return self.dropout(dy, p, draw)[0]

    def sigmoid(self, x: Array) -> Array:
        return self._map("sigmoid", "sigmoid", [x])

    def sigmoid_grad(self, dy: Array, y: Array) -> Array:
        return self._map("sigmoid", "sigmoid_grad", [dy, y])

    def softplus(self, x: Array) -> Array:
        return self._map("sigmoid", "softplus", [x])

    def softplus_grad(self, dy: Array, x: Array) -> Array:
        return self._map("sigmoid", "softplus_grad", [dy, x])

    def exp(self, x: Array) -> Array:
        return self._map("sigmoid", "exponential", [x])

    def exp_grad(self, dy: Array, y: Array) -> Array:
        return self.mul(dy, y)

    def add(self, x: Array, y: Array) -> Array:
        return self._map("arithmetic", "add", [x, y])

    def mul(self, x: Array, y: Array) -> Array:
        return self._map("arithmetic", "mul", [x, y])

    def affine(self, x: Array, a: float, b: float) -> Array:
        return self._map("arithmetic", "affine", [x], float(a), float(b))

    def power(self, x: Array, p: float) -> Array:
        return self._map("arithmetic", "power", [x], float(p))
