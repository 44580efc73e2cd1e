"""The checks that ops share. Each error names the op, the argument and both shapes."""

from __future__ import annotations

from typing import Any

from alicuda.tensor import Tensor, wrap


def tensors(op: str, **arguments: Any) -> list[Tensor]:
    """The arguments as tensors of one backend and one dtype; NumPy arrays are taken in. ValueError if they differ."""
    first_name, first = next(((n, a) for n, a in arguments.items() if isinstance(a, Tensor)), (None, None))
    if first is None:
        return [Tensor(argument) for argument in arguments.values()]
    result = []
    for name, argument in arguments.items():
        if not isinstance(argument, Tensor):
            argument = wrap(first.backend.asarray(argument, first.dtype), first.backend)
        if argument.backend is not first.backend:
            raise ValueError(f"{op}: {name} lives on another backend than {first_name}")
        if argument.dtype != first.dtype:
            raise ValueError(
                f"{op}: {name} is {argument.dtype} of shape {argument.shape}, "
                f"but {first_name} is {first.dtype} of shape {first.shape}"
            )
        result.append(argument)
    return result


def require(condition: bool, op: str, sentence: str) -> None:
    if not condition:
        raise ValueError(f"{op}: {sentence}")


def axes(op: str, x: Tensor, axis: int | tuple[int, ...] | None) -> tuple[int, ...]:
    """`axis` as NumPy means it (None is all), as a sorted tuple of axes counted from the front."""
    listed = range(x.ndim) if axis is None else (axis,) if isinstance(axis, int) else axis
    for a in listed:
        require(-x.ndim <= a < x.ndim, op, f"axis {a} is not one of x, which has shape {x.shape}")
    return tuple(sorted({a % x.ndim for a in listed}))
