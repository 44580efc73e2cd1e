"""Kernel sources: where the `.cu` files lie, their includes pasted in, and the signatures of their kernels.

Both devices of the `cuda` backend (CuPy and the emulator) read their kernels through this file. Includes are pasted in,
so that a cache keyed on the text never runs a stale kernel after a header has changed; `#line` keeps every message
pointing at the file that a reader would open.
"""

from __future__ import annotations

import ctypes
import math
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from alicuda.errors import InputError

_LONG, _UNSIGNED_LONG = np.dtype(ctypes.c_long).type, np.dtype(ctypes.c_ulong).type  # 64 bits on Linux
SCALARS = {
    "bool": np.bool_,
    "char": np.int8,
    "signed char": np.int8,
    "unsigned char": np.uint8,
    "short": np.int16,
    "unsigned short": np.uint16,
    "int": np.int32,
    "unsigned": np.uint32,
    "unsigned int": np.uint32,
    "long": _LONG,
    "long int": _LONG,
    "unsigned long": _UNSIGNED_LONG,
    "long long": np.int64,
    "long long int": np.int64,
    "unsigned long long": np.uint64,
    "size_t": np.uintp,
    "float": np.float32,
    "double": np.float64,
}
# a pointer to one of these takes an array of the element type whose size divides by the number of lanes
VECTORS = {
    f"{name}{lanes}": (dtype, lanes)
    for name, dtype in {"float": np.float32, "int": np.int32, "uint": np.uint32}.items()
    for lanes in (2, 4)
}


def bytes_of(kind: str) -> int | None:
    """Bytes of one number, or vector, of a type by its name; None for types of the source's own."""
    dtype, lanes = VECTORS.get(kind) or (SCALARS.get(kind), 1)
    return None if dtype is None else np.dtype(dtype).itemsize * lanes


_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])'", re.DOTALL)
_INCLUDE = re.compile(r'^[ \t]*(#)[ \t]*include[ \t]*(["<])([^">\n]+)[">][^\n]*$', re.MULTILINE)
_ONCE = re.compile(r"^[ \t]*#[ \t]*pragma[ \t]+once\b", re.MULTILINE)
_DEFINE = re.compile(r"^[ \t]*#[ \t]*define\b(?:[^\n]*\\\n)*[^\n]*", re.MULTILINE)
_LINE = re.compile(r'#line (\d+) "(.*)"')
_PARENTHESES = r"\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)"
_KERNEL = re.compile(
    rf"(?P<linkage>extern\s*\"C\"\s*)?(?P<template>template\s*<[^>]*>\s*)?"
    rf"(?P<words>(?:\b(?:static|inline|void|__global__)\b\s*|\b__launch_bounds__\s*{_PARENTHESES}\s*)+)"
    rf"(?!__launch_bounds__)\b(?P<name>\w+)\s*(?P<parameters>{_PARENTHESES})"
)
_C_BLOCK = re.compile(r'extern\s*"C"\s*\{')
_ARRAY = re.compile(r"(\w+)\s*\[[^\[\]]*\]\s*$")


@dataclass(frozen=True)
class Parameter:
    """One argument of a kernel: `const float* __restrict__ x` is Parameter("x", "float", pointer, const)."""

    name: str
    type: str
    pointer: bool
    const: bool

    @cached_property
    def dtype(self) -> np.dtype[Any]:
        """dtype of the array's elements, or of the scalar."""
        return np.dtype(VECTORS[self.type][0] if self.type in VECTORS else SCALARS[self.type])

    @cached_property
    def limits(self) -> tuple[int, int]:
        """The least and the greatest whole number that the scalar holds."""
        return int(np.iinfo(self.dtype).min), int(np.iinfo(self.dtype).max)

    @cached_property
    def largest(self) -> float:
        """The greatest finite number that the scalar holds."""
        return float(np.finfo(self.dtype).max)

    @cached_property
    def lanes(self) -> int:
        """Array elements per C element: 4 for `float4*`."""
        return VECTORS[self.type][1] if self.type in VECTORS else 1

    def __str__(self) -> str:
        return f"{'const ' if self.const else ''}{self.type}{'*' if self.pointer else ''} {self.name}"


@dataclass(frozen=True)
class Signature:
    """A kernel's name and parameters, as its source states them."""

    kernel: str
    parameters: tuple[Parameter, ...]

    @cached_property
    def pointers(self) -> tuple[Parameter, ...]:
        """The parameters that take an array."""
        return tuple(p for p in self.parameters if p.pointer)

    def check(self, args: Sequence[Any]) -> list[Any]:
        """The arguments as the kernel takes them: arrays as they are, numbers as NumPy scalars of the exact C type.

        Raises InputError (one sentence) for a wrong count, dtype, layout, or a number that does not fit.
        """
        if len(args) != len(self.parameters):
            raise InputError(f"{self} takes {len(self.parameters)} arguments, not {len(args)}.")
        return [
            self._array(p, a) if p.pointer else self._number(p, a) for p, a in zip(self.parameters, args, strict=True)
        ]

    def _array(self, p: Parameter, a: Any) -> Any:
        if not (hasattr(a, "dtype") and hasattr(a, "flags")) or isinstance(a, np.generic):
            raise self._refused(p, f"takes an array of {p.dtype}, not {_describe(a)}.")
        if isinstance(a, np.ma.MaskedArray):
            raise self._refused(p, "takes a plain array, and a kernel sees no mask: pass .data or .filled(value).")
        if a.dtype != p.dtype:
            raise self._refused(p, f"takes an array of {p.dtype}, not of {a.dtype}; convert it with .astype.")
        flags = a.flags
        if not flags.c_contiguous:
            raise self._refused(p, "takes a contiguous array; this one is a strided view: pass a copy.")
        if not p.const and not getattr(flags, "writeable", True):
            raise self._refused(p, "is written by the kernel, but the array is read-only.")
        if a.size % p.lanes:
            raise self._refused(p, f"takes an array whose size divides by {p.lanes}, not one of {a.size} elements.")
        return a

    def _number(self, p: Parameter, a: Any) -> Any:
        if isinstance(a, np.generic):
            a = a.item()
        kind = p.dtype.kind
        if kind == "f" and isinstance(a, (int, float)) and not isinstance(a, bool):
            if abs(a) > p.largest and abs(a) != math.inf:
                raise self._refused(p, f"holds numbers up to {p.largest:.4g}; the number given is larger.")
            return p.dtype.type(a)
        if kind == "b" and (isinstance(a, bool) or (isinstance(a, int) and a in (0, 1))):
            return np.bool_(a)
        if kind in "iu" and isinstance(a, int) and not isinstance(a, bool):
            low, high = p.limits
            if not low <= a <= high:
                raise self._refused(p, f"holds {low} to {high}; {a} does not fit.")
            return p.dtype.type(a)
        raise self._refused(p, f"takes {'a number' if kind == 'f' else 'a whole number'}, not {_describe(a)}.")

    def _refused(self, p: Parameter, why: str) -> InputError:
        return InputError(f"{self.kernel}: `{p}` {why}")

    def __str__(self) -> str:
        return f"{self.kernel}({', '.join(map(str, self.parameters))})"


@dataclass(frozen=True)
class Source:
    """A translation unit: its name in messages, its whole text, and its kernels."""

    name: str
    text: str

    @cached_property
    def plain(self) -> str:
        """The text with comments and strings blanked, line for line."""
        return _blank(self.text)

    def place(self, offset: int) -> str:
        """file:line of a place in the plain text, as the `#line` above it says."""
        file, line = self.name, 0
        for text in self.text.split("\n")[: self.plain.count("\n", 0, offset) + 1]:
            if match := _LINE.match(text):
                file, line = match[2], int(match[1]) - 1
            else:
                line += 1
        return f"{file}:{line}"

    @cached_property
    def _kernels(self) -> tuple[dict[str, Signature], dict[str, str]]:
        return _signatures(self.name, self.plain)

    @property
    def kernels(self) -> dict[str, Signature]:
        """Every `extern "C" __global__` function by name that can be launched. InputError if there are only others."""
        found, refused = self._kernels
        if refused and not found:
            raise InputError(next(iter(refused.values())))
        return found

    @property
    def refused(self) -> dict[str, str]:
        """Why other `__global__` functions cannot be launched, by name: a template, a parameter of no known type."""
        return self._kernels[1]

    def signature(self, kernel: str) -> Signature:
        """The signature of one kernel. Raises InputError if there is none of that name, or it cannot be launched."""
        if isinstance(kernel, str) and kernel in self.refused:
            raise InputError(self.refused[kernel])
        if not isinstance(kernel, str) or kernel not in self.kernels:
            known = ", ".join(self.kernels) or "none"
            if not self.kernels and "__global__" in self.plain:
                known += ' of the form `extern "C" __global__ void NAME(...)`, written out and not made by a macro'
            raise InputError(f"{self.name} has no kernel named {kernel}; it has: {known}.")
        return self.kernels[kernel]


@lru_cache(maxsize=1)
def kernels_folder() -> Path:
    """The folder `kernels/`: beside the package in a checkout, inside it in an installed wheel."""
    package = Path(__file__).resolve().parent
    for folder in (package / "_kernels", package.parent / "kernels"):
        if (folder / "cuda").is_dir():
            return folder
    raise InputError(
        f"The kernels are missing: neither {package / '_kernels'} nor {package.parent / 'kernels'} is there."
    )


def load(path_or_text: str | Path, defines: Mapping[str, int | str] | None = None) -> Source:
    """Read a `.cu` file (a path, or the name of one in `kernels/cuda/`) or take a source text as it is.

    A string is a text where it holds a newline or a brace, and a path otherwise. Raises InputError.
    """
    if not isinstance(path_or_text, (str, os.PathLike)):
        raise InputError(f"a kernel source is a path or a text, not {_describe(path_or_text)}.")
    if isinstance(path_or_text, str) and ("\n" in path_or_text or "{" in path_or_text):
        name, folder, body = "<source>", Path.cwd(), path_or_text.removeprefix("\ufeff")
    else:
        path = Path(path_or_text)
        if not os.path.exists(path) and os.path.exists(kernels_folder() / "cuda" / path):
            path = kernels_folder() / "cuda" / path
        name, folder, body = str(path), path.parent, _read(path)
    pasted = _paste(name, folder, body, (Path(name).resolve(),), {})
    return Source(name, f'{_defined(defines or {})}#line 1 "{_escape(name)}"\n{pasted}')


def _defined(defines: Mapping[str, int | str]) -> str:
    """`defines` as lines of the source."""
    if not isinstance(defines, Mapping):
        raise InputError(f"defines maps names to values, as in {{'N': 4}}; it is not {_describe(defines)}.")
    for key, value in defines.items():
        if not (isinstance(key, str) and key.isidentifier() and isinstance(value, (int, float, str, np.generic))):
            raise InputError(f"defines maps names to numbers or texts, not {key!r} to {_describe(value)}.")
        if "\n" in str(value):
            raise InputError(f"the value of {key} in defines is one line.")
    return "".join(f"#define {key} {int(v) if isinstance(v, bool) else v}\n" for key, v in defines.items())


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise InputError(f"There is no kernel file {path}.") from None
    except (OSError, ValueError) as error:  # no text, or no name of a file
        raise InputError(f"The kernel file {path} cannot be read: {error}.") from None


def _escape(name: str) -> str:
    return name.replace("\\", "\\\\").replace('"', '\\"')


def _paste(name: str, folder: Path, body: str, above: tuple[Path, ...], once: dict[Path, str]) -> str:
    """`body` with every `#include "..."` replaced by the file's text.

    Files with `#pragma once` get a guard each, kept in `once`, so that the preprocessor sees their text once.
    """

    body = _ONCE.sub("", body)
    plain = _blank(body)

    def replace(match: re.Match[str]) -> str:
        sign, quote, target = match.groups()
        if plain[match.start(1)] != sign:
            return match.group()  # in a comment
        line = body.count("\n", 0, match.start()) + 1
        if quote == "<":
            raise InputError(f"{name}:{line}: kernels include no system headers; remove <{target}>.")
        path = folder / target
        if not os.path.exists(path):
            path = kernels_folder() / "cuda" / target
        if not os.path.exists(path):
            raise InputError(f"{name}:{line}: there is no header {target} beside it, nor in kernels/cuda.")
        file = path.resolve()
        if file in above:
            raise InputError(f"{name}:{line}: {target} includes itself.")
        text = _read(path)
        inner = f'#line 1 "{_escape(str(path))}"\n{_paste(str(path), path.parent, text, (*above, file), once)}'
        if _ONCE.search(text):
            guard = once.setdefault(file, f"ALICUDA_PASTED_{len(once)}")
            inner = f"#ifndef {guard}\n#define {guard}\n{inner}\n#endif"
        return f'{inner}\n#line {line + 1} "{_escape(name)}"'

    return _INCLUDE.sub(replace, body)


def _blank(text: str) -> str:
    """The text with comments, strings and characters blanked, each place where it was."""

    def blank(match: re.Match[str]) -> str:
        found = match.group()
        return found if found == '"C"' else re.sub(r"[^\n\"]", " ", found)

    return _COMMENT.sub(blank, text)


def _signatures(name: str, plain: str) -> tuple[dict[str, Signature], dict[str, str]]:
    """The kernels by name, and of those that cannot be launched the reason."""
    plain = _DEFINE.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), plain)  # what a macro makes has no name yet
    blocks = [range(match.start(), _closed(plain, match.end())) for match in _C_BLOCK.finditer(plain)]
    found, refused = {}, {}
    for match in _KERNEL.finditer(plain):
        if not {"__global__", "void"} <= set(re.findall(r"\w+", match["words"])):
            continue
        try:
            found[match["name"]] = _signature(name, match, any(match.start() in block for block in blocks))
        except InputError as error:
            refused[match["name"]] = str(error)
    return found, {kernel: why for kernel, why in refused.items() if kernel not in found}


def _signature(name: str, match: re.Match[str], in_c_block: bool) -> Signature:
    kernel = match["name"]
    if match["template"]:
        raise InputError(f"{name}: kernel {kernel} is a template; a kernel is launched by name and cannot be one.")
    if not match["linkage"] and not in_c_block:
        raise InputError(f'{name}: kernel {kernel} needs `extern "C"` before `__global__`, to be found by its name.')
    inside = " ".join(match["parameters"][1:-1].split())
    parameters = () if inside in ("", "void") else tuple(_parameter(name, kernel, p) for p in inside.split(","))
    return Signature(kernel, parameters)


def _closed(plain: str, start: int) -> int:
    """Where the brace closes that has been opened before `start`."""
    depth = 1
    for match in re.compile(r"[{}]").finditer(plain, start):
        depth += 1 if match.group() == "{" else -1
        if depth == 0:
            return match.start()
    return len(plain)


def _parameter(file: str, kernel: str, text: str) -> Parameter:
    pointer = _ARRAY.sub(r"* \1", text)  # `float y[]` means `float* y`
    words = re.sub(r"\b(__restrict__|__restrict|volatile)\b", " ", pointer).replace("*", " * ").split()
    stars = words.count("*")
    const = "const" in words[: words.index("*")] if stars else "const" in words
    names = [w for w in words if w not in ("*", "const")]
    kind = " ".join(names[:-1])
    if (
        stars > 1
        or len(names) < 2
        or not names[-1].isidentifier()
        or (kind not in SCALARS and not (stars and kind in VECTORS))
    ):
        raise InputError(
            f"{file}: kernel {kernel} has a parameter `{text.strip()}`; a parameter is a pointer or a value of one of "
            f"{', '.join(SCALARS)}, or a pointer to one of {', '.join(VECTORS)}."
        )
    return Parameter(names[-1], kind, bool(stars), const)


def _describe(a: Any) -> str:
    return f"an array of {a.dtype}" if isinstance(a, np.ndarray) else f"{type(a).__name__} {a!r}"[:60]
