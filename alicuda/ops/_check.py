"""The checks that ops share. Each error names the op, the argument and both shapes."""

from __future__ import annotations

from operator import index
from typing import Any

from alicuda.tensor import Tensor, real_numbers, wrap


def tensors(op: str, **arguments: Any) -> list[Tensor]:
    """The arguments as tensors of one backend and one dtype; NumPy arrays are taken in. ValueError if they differ."""
    tensor_names = [name for name, argument in arguments.items() if isinstance(argument, Tensor)]
    if not tensor_names:
        arguments = {name: Tensor(real_numbers(op, argument)) for name, argument in arguments.items()}
    first_name = tensor_names[0] if tensor_names else next(iter(arguments))
    first, result = arguments[first_name], []
    for name, argument in arguments.items():
        if not isinstance(argument, Tensor):
            argument = wrap(first.backend.asarray(real_numbers(op, argument), first.dtype), first.backend)
        if argument.backend is not first.backend:
            backends = f"{argument.backend.name}, {first_name} on {first.backend.name}"
            raise ValueError(f"{op}: {name} lives on another backend than {first_name} ({name} on {backends})")
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
    asked = range(x.ndim) if axis is None else axis if isinstance(axis, tuple | list) else (axis,)
    listed = [index(a) for a in asked]
    for a in listed:
        require(-x.ndim <= a < x.ndim, op, f"axis {a} is not one of x, which has shape {x.shape}")
    return tuple(sorted({a % x.ndim for a in listed}))
