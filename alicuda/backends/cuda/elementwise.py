"""One thread, a few neighbouring elements: activations, arithmetic and their gradients."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from alicuda import philox
from alicuda.philox import Draw

THREADS = 256  # of a block, as the kernels have it
VECTOR = 4  # elements of a thread


class Elementwise:
    device: Any
    _empty: Any
    _named: Any

    def _elementwise(self, file: str, kernel: str, size: int, args: Sequence[Any], each: int = VECTOR) -> None:
        """Launch just enough threads for `size` elements, `each` of them to a thread."""
        if size:
            self.device.launch(file, kernel, -(-size // (THREADS * each)), THREADS, args)

    def _map(self, file: str, kernel: str, inputs: Sequence[Any], *numbers: Any) -> Any:
        """A new array of the inputs' shape, which a kernel(inputs..., output, size, numbers...) fills."""
        shape = inputs[0].shape
        for other in inputs[1:]:
            if other.shape != shape:
                raise ValueError(f"{kernel}: arrays of shapes {shape} and {other.shape}; they must be the same")
        y = self._empty(shape)
        self._elementwise(file, kernel, y.size, (*inputs, y, y.size, *numbers))
        return y

    def leaky_relu(self, x: Any, slope: float) -> Any:
        return self._map("leaky_relu.cu", "leaky_relu", (x,), slope)

    def leaky_relu_grad(self, dy: Any, y: Any, slope: float) -> Any:
        return self._map("leaky_relu.cu", "leaky_relu_grad", (dy, y), slope)

    def maxout(self, x: Any, pieces: int) -> tuple[Any, Any]:
        shape = (*x.shape[:-1], x.shape[-1] // pieces)
        y, which = self._empty(shape), self._empty(shape, np.uint8)
        self._elementwise("maxout.cu", "maxout", y.size, (x, y, which, y.size, pieces), each=1)
        return y, which

    def maxout_grad(self, dy: Any, which: Any, pieces: int) -> Any:
        dx = self._empty((*dy.shape[:-1], dy.shape[-1] * pieces))
        self._elementwise("maxout.cu", "maxout_grad", dx.size, (dy, which, dx, dx.size, pieces))
        return dx

    def dropout(self, x: Any, p: float, draw: Draw) -> tuple[Any, None]:
        """The mask is not kept: `dropout_grad` makes it again."""
        return self._map("dropout.cu", "dropout", (x,), philox.keep_threshold(p), 1 / (1 - p), *self._named(draw)), None

    def dropout_grad(self, dy: Any, p: float, draw: Draw, mask: None) -> Any:
        return self.dropout(dy, p, draw)[0]

    def sigmoid(self, x: Any) -> Any:
        return self._map("sigmoid.cu", "sigmoid", (x,))

    def sigmoid_grad(self, dy: Any, y: Any) -> Any:
        return self._map("sigmoid.cu", "sigmoid_grad", (dy, y))

    def softplus(self, x: Any) -> Any:
        return self._map("sigmoid.cu", "softplus", (x,))

    def softplus_grad(self, dy: Any, x: Any) -> Any:
        return self._map("sigmoid.cu", "softplus_grad", (dy, x))

    def exp(self, x: Any) -> Any:
        return self._map("sigmoid.cu", "exponential", (x,))

    def exp_grad(self, dy: Any, y: Any) -> Any:
        return self.mul(dy, y)

    def add(self, x: Any, y: Any) -> Any:
        return self._map("arithmetic.cu", "add", (x, y))

    def mul(self, x: Any, y: Any) -> Any:
        return self._map("arithmetic.cu", "mul", (x, y))

    def affine(self, x: Any, a: float, b: float) -> Any:
        return self._map("arithmetic.cu", "affine", (x,), a, b)

    def power(self, x: Any, p: float) -> Any:
        return self._map("arithmetic.cu", "power", (x,), p)
