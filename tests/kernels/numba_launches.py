"""What the numba backend launches: for each primitive its kernels, and for each kernel the types it is given.

Nothing is read off the launch code: small cases of every primitive are run, in Numba's simulator or on a GPU, and the
launches are watched. Types are written as Numba does: `array(float32, 4d, C)`, `int64`.
"""

from __future__ import annotations

from functools import cache
from types import ModuleType
from typing import Any
from unittest import mock

import numpy as np

from alicuda import numba_kernels
from alicuda.backends.contract import Fused, Primitives
from tests.backends.cases import CASES, Case
from tests.kernels import checks

CONTRACT = [name for part in (Primitives, Fused) for name in vars(part) if not name.startswith("_") and name != "name"]
Kernel = tuple[str, str]  # file and name
Types = tuple[str, ...]


class Watched:
    """A backend that keeps what each primitive launches, and with arguments of which types."""

    def __init__(self, shared: bool):
        from alicuda.backends.numba_ import Numba

        self.launched: dict[str, dict[Kernel, list[Types]]] = {}
        self._calling, self._backend = "", Numba(shared)

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self._backend, name)
        if name not in CONTRACT:
            return attribute

        def call(*args: Any, **more: Any) -> Any:
            self._calling = name
            with mock.patch.object(numba_kernels, "load", lambda file: _WatchedFile(self, file, load(file))):
                return attribute(*args, **more)

        load = numba_kernels.load
        return call

    def saw(self, kernel: Kernel, args: tuple[Any, ...]) -> None:
        seen = self.launched.setdefault(self._calling, {}).setdefault(kernel, [])
        types = tuple(map(type_of, args))
        seen += [types] if types not in seen else []


class _WatchedFile:
    """A file of kernels, which tells of each launch with what has come out of the backend's hands."""

    def __init__(self, watcher: Watched, file: str, module: ModuleType):
        self._watcher, self._file, self._module = watcher, file, module

    def __getattr__(self, name: str) -> Any:
        kernel = getattr(self._module, name)
        return kernel if isinstance(kernel, int) else _WatchedKernel(self._watcher, (f"{self._file}.py", name), kernel)


class _WatchedKernel:
    def __init__(self, watcher: Watched, name: Kernel, kernel: Any):
        self._watcher, self._name, self._kernel = watcher, name, kernel

    def __getitem__(self, size: Any) -> Any:
        def launch(*args: Any) -> None:
            self._watcher.saw(self._name, args)
            self._kernel[size](*args)

        return launch


def type_of(arg: Any) -> str:
    """The type that Numba compiles for: of a plain int it makes an int64, of a plain float a float64."""
    if hasattr(arg, "is_c_contiguous"):
        return f"array({arg.dtype}, {arg.ndim}d, {'C' if arg.is_c_contiguous() else 'A'})"
    return str(np.asarray(arg).dtype)


def primitive(case: Case) -> str:
    return case.primitive.split("(")[0].split("-")[0]


def few_threads(case: Case) -> bool:
    """These come to every kernel and are done in seconds: where much is added up, threads are fewer than numbers."""
    return case.size <= (400 if case.length > 1 else 70) and case.primitive != "broadcast_to(1000, 8)"


@cache
def launched(shared: bool) -> dict[str, dict[Kernel, list[Types]]]:
    """By primitive: the kernels that it launches, each with the types of its arguments."""
    backend = Watched(shared)
    for case in CASES:
        if shared and primitive(case) in ("conv2d", "batch_norm", "batch_norm_grad") and case.size <= 10:
            case.check(backend)  # a block has 256 threads here, or barriers, whatever the size
        elif not shared and few_threads(case):
            case.check(backend)
    if not shared:
        checks.filled_slice(backend)
        checks.watch(backend)
    return backend.launched


def signatures() -> dict[Kernel, list[Types]]:
    """By kernel: every list of types that it was launched with."""
    found: dict[Kernel, list[Types]] = {}
    for shared in (False, True):
        for kernels in launched(shared).values():
            for kernel, seen in kernels.items():
                known = found.setdefault(kernel, [])
                known += [types for types in seen if types not in known]
    return dict(sorted(found.items()))
