"""An array cut into pieces: the transpose of `concat`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from alicuda.ops import _check
from alicuda.tensor import Tensor, record


def split(x: Any, sizes: Sequence[int], axis: int) -> list[Tensor]:
    """x cut along `axis` into pieces of the given sizes, which add up to its extent.

    Each piece is a node of its own: its cotangent, laid between zeros, is that piece's share of dx.
    """
    (x,) = _check.tensors("split", x=x)
    axis = _check.axis("split", x, axis)
    sizes = list(sizes) if isinstance(sizes, Iterable) else []
    fits = len(sizes) > 0 and all(hasattr(n, "__index__") and n > 0 for n in sizes) and sum(sizes) == x.shape[axis]
    _check.require(fits, "split", f"sizes {sizes} do not add up to axis {axis} of x, which has shape {x.shape}")
    backend, shape = x.backend, x.shape

    def piece(i: int, array: Any) -> Tensor:
        def backward(dy, wanted):
            shapes = [(*shape[:axis], size, *shape[axis + 1 :]) for size in sizes]
            pieces = [dy if j == i else backend.full(s, 0.0, dy.dtype) for j, s in enumerate(shapes)]
            return (backend.concat(pieces, axis),)

        return record("split", array, [x], backward)

    return [piece(i, array) for i, array in enumerate(backend.split(x.array, sizes, axis))]
