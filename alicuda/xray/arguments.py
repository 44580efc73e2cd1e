"""What `python -m alicuda.xray` is told in words: sizes of a launch, defines, and a kernel's arguments.

`f32:128x128:random` is an array and `i32=128` a number, in the order of the kernel's own parameters. A kernel sees
plain memory, so that an array's shape says its size and no more.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from alicuda import emulator
from alicuda.errors import InputError
from alicuda.kernel_source import Parameter, Signature

TYPES = {
    "f32": np.float32, "f64": np.float64, "i8": np.int8, "u8": np.uint8, "i16": np.int16, "u16": np.uint16,
    "i32": np.int32, "u32": np.uint32, "i64": np.int64, "u64": np.uint64, "bool": np.bool_,
}  # fmt: skip
FILLS = ("random", "zeros", "ones", "arange", "empty")
SEED = 0
INTEGERS_BELOW = 100  # random whole numbers fit each type
LARGEST_BYTES = 2**31  # of all arrays: the checked build keeps copies and a mark for each byte

_ARRAY = re.compile(r"(\w+):(\d+(?:x\d+)*):(\w+)", re.ASCII)
_NUMBER = re.compile(r"(\w+)=(\S+)", re.ASCII)
_SIZE = re.compile(r"\d+(?:,\d+){0,2}", re.ASCII)
_PAIR = re.compile(r"(\d+),(\d+)", re.ASCII)
_DEFINE = re.compile(r"([A-Za-z_]\w*)=(.*)", re.ASCII)


@dataclass(frozen=True)
class Argument:
    """One `--arg`: an array where it has a fill, else a number."""

    text: str
    type: str
    size: int = 0
    fill: str = ""
    number: Any = None


def argument(text: str) -> Argument:
    """An argparse type: TYPE:SHAPE:FILL or TYPE=VALUE."""
    array, number = _ARRAY.fullmatch(text), _NUMBER.fullmatch(text)
    match = array or number
    if not match:
        raise _no(text, "an array TYPE:SHAPE:FILL, such as f32:128x128:random, or a number, such as i32=128")
    kind = match[1]
    if kind not in TYPES:
        raise _no(text, f"of one of the types {', '.join(TYPES)}; for example f32:128x128:random, or i32=128")
    if array:
        if array[3] not in FILLS:
            raise _no(text, f"filled with one of {', '.join(FILLS)}; for example {kind}:{array[2]}:random")
        return Argument(text, kind, prod(map(int, array[2].split("x"))), array[3])
    return Argument(text, kind, number=_number(text, kind, match[2]))


def _number(text: str, kind: str, value: str) -> Any:
    try:
        if TYPES[kind] in (np.float32, np.float64):
            return float(value)
        number = int(value, 0)  # 0xff is a number of C, too
    except ValueError:
        example = "0.01" if kind.startswith("f") else "1" if kind == "bool" else "128"
        raise _no(text, f"a number of that type; for example {kind}={example}") from None
    return bool(number) if kind == "bool" and number in (0, 1) else number


def size(text: str) -> tuple[int, ...]:
    """An argparse type: X[,Y[,Z]]."""
    if not _SIZE.fullmatch(text):
        raise _no(text, "one to three whole numbers with commas between; for example 32,8")
    return tuple(map(int, text.split(",")))


def block_and_warp(text: str) -> tuple[int, int]:
    """An argparse type: BLOCK,WARP, both counted from 0."""
    match = _PAIR.fullmatch(text)
    if not match:
        raise _no(text, "a block and a warp of it, counted from 0; for example 0,0")
    return int(match[1]), int(match[2])


def define(text: str) -> tuple[str, str]:
    """An argparse type: NAME=VALUE."""
    match = _DEFINE.fullmatch(text)
    if not match:
        raise _no(text, "NAME=VALUE, with a name of C; for example TILE=32")
    return match[1], match[2]


def _no(text: str, right: str) -> argparse.ArgumentTypeError:
    return argparse.ArgumentTypeError(f"{text!r} is not {right}")


def for_kernel(signature: Signature, given: Sequence[Argument]) -> list[Any]:
    """The arrays and numbers for a launch. InputError, showing the signature, where they do not fit it."""
    if len(given) != len(signature.parameters):
        takes = f"takes {len(signature.parameters)} --arg, not {len(given)}"
        example = f": for example {_example(signature)}" if signature.parameters else ""
        raise InputError(f"{signature} {takes}{example}.")
    for number, (parameter, argument) in enumerate(zip(signature.parameters, given, strict=True), 1):
        if bool(argument.fill) != parameter.pointer or np.dtype(TYPES[argument.type]) != parameter.dtype:
            right = _right(parameter, argument)
            raise InputError(
                f"{signature}: argument {number} is `{parameter}`, for which --arg {argument.text} does not do; "
                f"write --arg {right}."
            )
    whole = sum(argument.size * np.dtype(TYPES[argument.type]).itemsize for argument in given)
    if whole > LARGEST_BYTES:
        raise InputError(
            f"the arrays hold {whole:,} bytes, and xray takes {LARGEST_BYTES:,}: profile a smaller problem, "
            "whose warps do the same."
        )
    random = np.random.default_rng(SEED)
    return signature.check([filled(a, random) if a.fill else a.number for a in given])


def filled(argument: Argument, random: np.random.Generator) -> np.ndarray:
    dtype, size = np.dtype(TYPES[argument.type]), argument.size
    if argument.fill == "empty":
        return emulator.empty(size, dtype)
    if argument.fill == "arange":
        return np.arange(size).astype(dtype)
    if argument.fill == "random" and dtype.kind == "f":
        return random.standard_normal(size, dtype)
    if argument.fill == "random":
        return random.integers(0, 2 if dtype.kind == "b" else INTEGERS_BELOW, size).astype(dtype)
    return np.full(size, argument.fill == "ones", dtype)


def _example(signature: Signature) -> str:
    return " ".join(f"--arg {_right(parameter)}" for parameter in signature.parameters)


def _right(parameter: Parameter, given: Argument | None = None) -> str:
    """An --arg that fits a parameter; an array as large, and filled, as the one given."""
    kind = next(name for name, dtype in TYPES.items() if np.dtype(dtype) == parameter.dtype)
    if not parameter.pointer:
        return f"{kind}={'0.5' if parameter.dtype.kind == 'f' else '1'}"
    if given and given.fill:
        return ":".join([kind, *given.text.split(":")[1:]])
    return f"{kind}:1024:{'random' if parameter.const else 'zeros'}"
