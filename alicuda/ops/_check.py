"""The checks that ops share. Each error names the op, the argument and both shapes."""

from __future__ import annotations

from numbers import Real
from operator import index
from typing import Any

from alicuda.philox import Rng
from alicuda.tensor import Tensor, real_numbers, wrap

MOST_STRIDE = 1 << 15


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


def number(op: str, name: str, value: Any) -> float:
    require(isinstance(value, Real), op, f"{name} must be a number, not {type(value).__name__}")
    return float(value)


def integer(op: str, name: str, value: Any, low: int, high: int) -> int:
    whole = hasattr(value, "__index__") and low <= index(value) <= high
    require(whole, op, f"{name} must be an integer from {low} to {high}, not {value!r}")
    return index(value)


def rng(op: str, value: Any) -> Rng:
    require(isinstance(value, Rng), op, f"rng must be an alicuda.Rng, not {type(value).__name__}")
    return value


def axis(op: str, x: Tensor, value: Any) -> int:
    """One axis, counted from the front."""
    on_x = hasattr(value, "__index__") and -x.ndim <= index(value) < x.ndim
    require(on_x, op, f"axis {value} is not one of x, which has shape {x.shape}")
    return index(value) % x.ndim


def axes(op: str, x: Tensor, value: Any) -> tuple[int, ...]:
    """What NumPy calls `axis` (None is all), as a sorted tuple of axes counted from the front."""
    asked = range(x.ndim) if value is None else value if isinstance(value, tuple | list) else (value,)
    return tuple(sorted({axis(op, x, a) for a in asked}))
