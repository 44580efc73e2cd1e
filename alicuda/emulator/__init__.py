"""Runs CUDA C++ kernels on the CPU: the `.cu` file as it is, compiled by the machine's C++ compiler.

    import numpy as np
    from alicuda import emulator

    program = emulator.compile("leaky_relu.cu")
    x = np.linspace(-1, 1, 1000, dtype=np.float32)
    y = emulator.empty(x.shape)
    program.kernel("leaky_relu")[1, 256](x, y, x.size, 0.01)

One CUDA thread is one fiber; warps have 32 lanes; barriers, shuffles, votes and atomics mean what they mean on a GPU,
and mistakes that a GPU would let pass are errors. `docs/emulator.md` says what is not modelled.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from alicuda import kernel_source
from alicuda.emulator import compilers
from alicuda.emulator.faults import KernelError
from alicuda.emulator.memory import empty
from alicuda.emulator.program import Build, Kernel, Order, Program
from alicuda.errors import InputError
from alicuda.extras import Missing

__all__ = ["Kernel", "KernelError", "Program", "compile", "empty", "missing"]


def missing() -> Missing | None:
    """Why kernels cannot run here, as half a sentence; None where they can."""
    try:
        compilers.find()
    except compilers.NoCompiler:
        return Missing("there is no C++ compiler (on Debian and Ubuntu: apt install g++)", "emulator")
    except InputError as error:
        return Missing(str(error))
    return None


def compile(
    path_or_source: str | Path | kernel_source.Source,
    build: Build = "checked",
    defines: Mapping[str, int | str] | None = None,
    order: Order = "forward",
    seed: int = 0,
    workers: int | None = None,
) -> Program:
    """Compile a `.cu` file, or a source text, and return the Program with its kernels.

    `build` is "checked" (every access is checked, ten to a hundred times slower), "fast" (-O3, for training) or "debug"
    (for gdb). `order` is that of a block's threads, and of the blocks: "forward", "reverse", or "random" by `seed`; a
    correct kernel gives the same answer in all of them. `workers` is how many operating system threads run blocks:
    by default one a core. Raises InputError, one sentence or the compiler's message, where it cannot be compiled.
    """
    if not isinstance(path_or_source, kernel_source.Source):
        path_or_source = kernel_source.load(path_or_source, defines)
    elif defines:
        raise InputError("a Source has its defines already: give them to kernel_source.load.")
    return Program(path_or_source, build, order, seed, workers)
