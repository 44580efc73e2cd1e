"""Arrays laid end to end: the transpose of `split`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from alicuda.ops import _check
from alicuda.tensor import Tensor, record


def concat(arrays: Sequence[Any], axis: int) -> Tensor:
    """The tensors laid end to end along `axis`; their other extents agree. Each cotangent is its piece of dy."""
    listed = isinstance(arrays, list | tuple) and len(arrays) > 0
    _check.require(listed, "concat", f"needs a list of at least one array, not {type(arrays).__name__}")
    parts = _check.tensors("concat", **{f"arrays[{i}]": array for i, array in enumerate(arrays)})
    axis = _check.axis("concat", parts[0], axis)
    for i, part in enumerate(parts):
        fits = part.ndim == parts[0].ndim and all(
            n == m for a, (n, m) in enumerate(zip(part.shape, parts[0].shape, strict=True)) if a != axis
        )
        _check.require(
            fits,
            "concat",
            f"arrays[{i}] has shape {part.shape} and arrays[0] has shape {parts[0].shape}; "
            f"they may differ only along axis {axis}",
        )
    backend = parts[0].backend
    sizes = [part.shape[axis] for part in parts]
    y = backend.concat([part.array for part in parts], axis)
    return record("concat", y, parts, lambda dy, wanted: backend.split(dy, sizes, axis))
