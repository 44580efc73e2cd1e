"""A compiled source, its kernels, and how one is launched."""

from __future__ import annotations

import ctypes
import math
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from math import prod
from typing import Any, Literal

import numpy as np

from alicuda import launch_limits, machine
from alicuda.emulator import build as builds
from alicuda.emulator import debug_info
from alicuda.emulator.abi import Launch, Problem, Range
from alicuda.emulator.faults import Explainer, KernelError
from alicuda.emulator.memory import Arena, Placed
from alicuda.errors import InputError
from alicuda.kernel_source import Signature, Source
from alicuda.launch_limits import Size

Build = Literal["fast", "checked", "debug"]
Order = Literal["forward", "reverse", "random"]
ORDERS = ("forward", "reverse", "random")

STEP_LIMIT = 200_000_000  # basic blocks and accesses that one block may take in the checked build: a few seconds
PATIENCE_S = {"fast": 60.0, "checked": 5.0}  # how long a launch may stand still: no block finished; no step taken
PRINTED_BYTES = 1 << 20  # of printf that one launch may print
SLICE_MS = 50  # how long Python waits before it looks for Ctrl-C again

_one_at_a_time = threading.Lock()


class Program:
    """A source compiled for one build. `kernels` maps the names of its kernels to their signatures."""

    def __init__(self, source: Source, build: Build, order: Order, seed: int, workers: int | None) -> None:
        if build not in ("fast", "checked", "debug"):
            raise InputError(f'build is "fast", "checked" or "debug", not {build!r}.')
        if order not in ORDERS:
            raise InputError(f'order is "forward", "reverse" or "random", not {order!r}.')
        if workers is not None and workers < 1:
            raise InputError(f"workers is at least 1, not {workers}.")
        self.source, self.build, self.order, self.seed = source, build, order, seed
        self.workers = 1 if build == "debug" else workers or machine.cores()
        self.library = builds.library(source, build)
        self._runtime = builds.runtime()  # before the kernels, which need its functions
        self._loaded = ctypes.CDLL(str(self.library))

    @property
    def kernels(self) -> dict[str, Signature]:
        return self.source.kernels

    def kernel(self, name: str) -> Kernel:
        """The kernel of that name. InputError, naming those there are, where there is none."""
        return Kernel(self, self.source.signature(name))

    @cached_property
    def _dynamic_shared(self) -> int | None:
        return _address(self._loaded.alicuda_dynamic) if builds.dynamic_shared(self.source) else None

    @cached_property
    def _prints(self) -> bool:
        return "printf" in self.source.plain

    def shared_arrays(self, dynamic_bytes: int) -> list[debug_info.SharedArray]:
        """The shared arrays of a launch with so much dynamic shared memory; known to the checked build only."""
        if self.build != "checked":
            return []
        dynamic = builds.dynamic_shared(self.source)
        return [
            replace(array, size=dynamic_bytes) if dynamic and array.name == dynamic[1] else array
            for array in debug_info.shared_arrays(self.library)
        ]


class Kernel:
    """`kernel[grid, block](*args)` or `kernel[grid, block, shared_bytes](*args)` launches it and waits.

    Arrays are contiguous NumPy arrays of the parameter's type and are changed in place; numbers are Python's. Raises
    InputError for arguments that do not fit, before anything runs, and KernelError for what goes wrong inside.
    """

    def __init__(self, program: Program, signature: Signature) -> None:
        self.program, self.signature = program, signature
        self._entry = _address(getattr(program._loaded, f"alicuda_run_{signature.kernel}"))

    def __getitem__(self, size: Any) -> Any:
        if not isinstance(size, tuple) or len(size) not in (2, 3):
            raise InputError(f"{self.signature.kernel}: launch it as kernel[grid, block](...), or [grid, block, shared_bytes].")
        grid, block, shared = (*size, 0)[:3]
        return lambda *args: self.launch(grid, block, args, shared)

    def launch(self, grid: Size, block: Size, args: Sequence[Any], shared: int = 0) -> None:
        """Launch on a grid of blocks and wait for the end."""
        grid, block = launch_limits.check(self.signature.kernel, grid, block, shared)
        checked_args = self.signature.check(args)
        for parameter, value in zip(self.signature.parameters, checked_args, strict=True):
            if parameter.pointer and not isinstance(value, np.ndarray):
                raise InputError(f"{self.signature.kernel}: `{parameter}` takes a NumPy array, not {type(value).__name__}.")
        with _one_at_a_time:
            self._run(grid, block, checked_args, shared)

    def _run(self, grid: Sequence[int], block: Sequence[int], args: list[Any], shared: int) -> None:
        program, pointers = self.program, [p for p in self.signature.parameters if p.pointer]
        arrays = [a for p, a in zip(self.signature.parameters, args, strict=True) if p.pointer]
        checked = program.build == "checked"
        launch = Launch(
            entry=self._entry, where=_address(program._loaded.alicuda_where), dynamic_shared=program._dynamic_shared,
            grid=tuple(grid), block=tuple(block), shared_bytes=shared, workers=min(program.workers, prod(grid)),
            order=ORDERS.index(program.order), seed=program.seed % 2**64, checked=checked, step_limit=STEP_LIMIT,
        )  # fmt: skip
        arena, shared_arrays = None, program.shared_arrays(shared)
        if checked:
            arena = Arena([p.name for p in pointers], arrays, [p.const for p in pointers])
            ranges = arena.ranges()
            shared_ranges = (Range * len(shared_arrays))(*(Range(a.offset, a.size, None) for a in shared_arrays))
            launch.ranges, launch.range_count = ranges, len(ranges)
            launch.shared, launch.shared_count = shared_ranges, len(shared_ranges)
            placed = arena.placed
        else:
            placed = [Placed(p.name, a, a.ctypes.data, p.const) for p, a in zip(pointers, arrays, strict=True)]
        addresses = iter([p.address for p in placed])
        values = [
            ctypes.c_uint64(next(addresses)) if p.pointer else np.ctypeslib.as_ctypes_type(p.dtype)(a.item())
            for p, a in zip(self.signature.parameters, args, strict=True)
        ]
        pointers_to_values = (ctypes.c_void_p * max(len(values), 1))(*map(ctypes.addressof, values))
        launch.args = ctypes.addressof(pointers_to_values)
        printed = ctypes.create_string_buffer(PRINTED_BYTES) if program._prints else None
        if printed is not None:
            launch.printed, launch.printed_size = ctypes.addressof(printed), PRINTED_BYTES
        gave_up = _wait(program, launch)
        if arena is not None:
            arena.copy_back()
        if printed is not None:
            sys.stdout.write(printed.raw[: launch.printed_used].decode(errors="replace"))
        if launch.failed:
            report = launch.report
            if gave_up and report.problem == Problem.INTERRUPTED:
                report.problem = Problem.ENDLESS
            raise Explainer(program.library, program.build != "fast", self.signature, placed, shared_arrays).error(report)



def _wait(program: Program, launch: Launch) -> bool:
    """Run a launch to its end; True where it had to be stopped for taking too long. Ctrl-C stops it and goes on."""
    runtime = program._runtime
    if error := runtime.alicuda_start(launch):
        raise OSError(error, "no operating system thread could be started")
    interrupted, gave_up = False, False
    patience = PATIENCE_S.get(program.build, math.inf)  # who debugs may take all the time of the world
    seen, since = 0, time.monotonic()
    while True:
        try:
            while not runtime.alicuda_wait(launch, SLICE_MS):
                progress = runtime.alicuda_steps() if program.build == "checked" else launch.blocks_done
                if progress != seen:
                    seen, since = progress, time.monotonic()
                gave_up |= time.monotonic() - since > patience
                if interrupted or gave_up:
                    runtime.alicuda_interrupt(launch)
            break
        except KeyboardInterrupt:
            interrupted = True
    if interrupted:
        raise KeyboardInterrupt
    return gave_up


def _address(function: Any) -> int:
    return ctypes.cast(function, ctypes.c_void_p).value or 0
