"""Writes kernels/README.md: which primitive launches which kernels, and whether these have ever run on a GPU.

    python -m tests.kernels.map

Nothing is read off the launch code: every primitive is run on the emulator, and its launches are watched.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alicuda.backends.contract import Fused, Primitives
from alicuda.backends.cuda import Cuda
from alicuda.backends.cuda.on_emulator import Emulator
from benchmarks import ledger
from tests.kernels.checks import CHECKS

RESULT = Path(__file__).resolve().parent.parent.parent / "kernels" / "README.md"
CONTRACT = [name for part in (Primitives, Fused) for name in vars(part) if not name.startswith("_") and name != "name"]

HEAD = """\
# The kernels

`cuda/` holds the kernels of the `cuda` backend: plain CUDA C++, a family of primitives to a file, what files share in
`.cuh`. CuPy compiles them on a GPU; the emulator compiles the very same files with the machine's C++ compiler, and so
proves them without one. The launches (grids, blocks, arguments) are in `alicuda/backends/cuda/`.

A good order to read them in: [leaky_relu.cu](cuda/leaky_relu.cu), where a thread has a few elements and no business
with others; [batch_norm.cu](cuda/batch_norm.cu), where the threads of a block put a result together; and
[conv2d.cu](cuda/conv2d.cu) with [tile.cuh](cuda/tile.cuh), where they share what they read.

This page is generated (`python -m tests.kernels.map`); what compilers make of the kernels is in
[compile_table.md](../benchmarks/results/compile_table.md), what tests notice of them in
[mutants.md](../benchmarks/results/mutants.md).
"""


class Watched:
    """A backend that keeps, for each primitive that is called, what it launches in turn."""

    def __init__(self) -> None:
        self.launched: dict[str, list[tuple[str, str]]] = {}
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


def launches() -> dict[str, list[tuple[str, str]]]:
    """(file, kernel) of every kernel that a primitive launches, by primitive."""
    backend = Watched()
    for checks in CHECKS.values():
        for _, check in checks:
            check(backend)
    return backend.launched


def page(launched: dict[str, list[tuple[str, str]]]) -> str:
    lines = [
        HEAD, "## From primitive to kernel", "",
        "What each primitive of the contract (`alicuda/backends/contract.py`) launches. Where several kernels stand,",
        "not every shape needs all of them.", "",
        "| primitive | kernels |", "|---|---|",
    ]  # fmt: skip
    for primitive in CONTRACT:
        if found := launched.get(primitive):
            kernels = ", ".join(f"`{kernel}` in [{file}](cuda/{file})" for file, kernel in found)
            lines.append(f"| `{primitive}` | {kernels} |")
    none = ", ".join(f"`{primitive}`" for primitive in CONTRACT if primitive not in launched)
    lines += ["", f"No kernel is needed for {none}.", "", "## Has it ever run on a GPU?", ""]
    rows = [f"| {kernel.replace(': ', ' | ')} | {_told(run)} |" for kernel, run in ledger.read()["cuda"].items()]
    return "\n".join([*lines, "| file | kernel | last run on a GPU |", "|---|---|---|", *rows]) + "\n"


def _told(run: dict[str, str | None] | None) -> str:
    """The commit is shortened, its "+" (files differed from it) is kept; there is none where no checkout was."""
    if run is None:
        return "never run on a GPU"
    commit = run["commit"] or "unknown"
    return f"{run['device']}, {run['date']}, commit {commit.removesuffix('+')[:10]}{'+' * commit.endswith('+')}"


if __name__ == "__main__":
    RESULT.write_text(page(launches()), encoding="utf-8")
