"""Writes kernels/README.md: which primitive launches which kernels, and whether these have ever run on a GPU.

    python -m tests.kernels.map

Nothing is read off the launch code: every primitive is run, on the emulator and on Numba, and its launches are watched.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from alicuda.backends.contract import Fused, Primitives
from alicuda.backends.cuda import Cuda
from alicuda.backends.cuda.on_emulator import Emulator
from benchmarks import ledger
from tests.kernels import numba_launches
from tests.kernels.checks import CHECKS

RESULT = Path(__file__).resolve().parent.parent.parent / "kernels" / "README.md"
CONTRACT = [name for part in (Primitives, Fused) for name in vars(part) if not name.startswith("_") and name != "name"]
Launched = dict[str, list[tuple[str, str]]]  # by primitive: file and name of the kernels

HEAD = """\
# The kernels

`cuda/` holds the kernels of the `cuda` backend: plain CUDA C++, a family of primitives to a file, what files share in
`.cuh`. CuPy compiles them on a GPU; the emulator compiles the very same files with the machine's C++ compiler, and so
proves them without one. The launches (grids, blocks, arguments) are in `alicuda/backends/cuda/`.

`numba/` holds the kernels of the `numba` backend: the same in Python, under the same names, one thread for each number,
written to be read. Numba compiles them on a GPU, and runs them in its simulator without one ([how](../docs/numba.md)).
[side_by_side.md](../docs/side_by_side.md) shows each primitive in NumPy, in Python and in CUDA C++.

A good order to read them in: [leaky_relu.py](numba/leaky_relu.py), one number a thread, and
[leaky_relu.cu](cuda/leaky_relu.cu), where a thread has a few elements and no business with others;
[batch_norm_shared.py](numba/batch_norm_shared.py) and [batch_norm.cu](cuda/batch_norm.cu), where the threads of a block
put a result together; [conv2d.py](numba/conv2d.py), [conv2d_shared.py](numba/conv2d_shared.py) and
[conv2d.cu](cuda/conv2d.cu) with [tile.cuh](cuda/tile.cuh), where they share what they read.

This page is generated (`python -m tests.kernels.map`); what compilers make of the kernels is in
[compile_table.md](../benchmarks/results/compile_table.md) and, for Python,
[numba_compile_table.md](../benchmarks/results/numba_compile_table.md), what tests notice of them in
[mutants.md](../benchmarks/results/mutants.md).
"""


class Watched:
    """A backend that keeps, for each primitive that is called, what it launches in turn."""

    def __init__(self) -> None:
        self.launched: Launched = {}
        self.calling: str | None = None
        watcher = self

        class Device(Emulator):
            def launch(self, file: str, kernel: str, *args: Any, **more: Any) -> None:
                seen = watcher.launched.setdefault(watcher.calling or "", [])
                seen += [(file, kernel)] if (file, kernel) not in seen else []
                super().launch(file, kernel, *args, **more)

        self._backend = Cuda(Device())

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self._backend, name)
        if name not in CONTRACT:
            return attribute

        def call(*args: Any, **more: Any) -> Any:
            self.calling = name
            return attribute(*args, **more)

        return call


@cache
def launches() -> Launched:
    """The kernels in CUDA C++ that a primitive launches."""
    backend = Watched()
    for checks in CHECKS.values():
        for _, check in checks:
            check(backend)
    return backend.launched


def python_launches() -> Launched:
    """The kernels in Python: in the simulator those without shared memory, on a GPU those with."""
    found: Launched = {}
    for shared in (False, True):
        for primitive, kernels in numba_launches.launched(shared).items():
            known = found.setdefault(primitive, [])
            known += [kernel for kernel in kernels if kernel not in known]
    return found


def page(cuda: Launched, python: Launched) -> str:
    lines = [
        HEAD, "## From primitive to kernel", "",
        "What each primitive of the contract (`alicuda/backends/contract.py`) launches. Where several kernels stand,",
        "not every shape needs all of them; those in Python with names in `_shared` stand in for the others on a GPU.",
        "", "| primitive | CUDA C++ | Python |", "|---|---|---|",
    ]  # fmt: skip
    for primitive in CONTRACT:
        if primitive in cuda or primitive in python:
            cells = (_kernels("cuda", cuda.get(primitive, [])), _kernels("numba", python.get(primitive, [])))
            lines.append(f"| `{primitive}` | {' | '.join(cells)} |")
    none = ", ".join(f"`{name}`" for name in CONTRACT if name not in cuda and name not in python)
    lines += ["", f"No kernel is needed for {none}.", "", "## Has it ever run on a GPU?", ""]
    runs = [(kernel, run) for kernels in ledger.read().values() for kernel, run in kernels.items()]
    rows = [f"| {kernel.replace(': ', ' | ')} | {_told(run)} |" for kernel, run in runs]
    return "\n".join([*lines, "| file | kernel | last run on a GPU |", "|---|---|---|", *rows]) + "\n"


def _kernels(folder: str, found: list[tuple[str, str]]) -> str:
    return ", ".join(f"`{kernel}` in [{file}]({folder}/{file})" for file, kernel in found)


def _told(run: dict[str, str | None] | None) -> str:
    """The commit is shortened, its "+" (files differed from it) is kept; there is none where no checkout was."""
    if run is None:
        return "never run on a GPU"
    commit = run["commit"] or "unknown"
    return f"{run['device']}, {run['date']}, commit {commit.removesuffix('+')[:10]}{'+' * commit.endswith('+')}"


if __name__ == "__main__":
    RESULT.write_text(page(launches(), python_launches()), encoding="utf-8")
