"""Running a kernel under xray: how its launch is set up, watched and read."""

from __future__ import annotations

import ctypes
import random
import re
import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from math import prod
from typing import Any

import numpy as np

from alicuda import emulator, launch_limits
from alicuda.emulator import debug_info
from alicuda.emulator.abi import Launch
from alicuda.emulator.memory import Arena
from alicuda.emulator.program import Kernel
from alicuda.errors import InputError
from alicuda.launch_limits import Size
from alicuda.xray import cards, flops, native
from alicuda.xray.cards import Card
from alicuda.xray.places import Places
from alicuda.xray.reading import read
from alicuda.xray.report import Report
from alicuda.xray.roofline import verdict

PATIENCE_S = 120.0  # a profile that would take longer is refused
LOOK_AFTER_S = 4.0  # before that nobody can say how long it will take
TRACED_STEPS = 100_000


def profile(
    kernel: Kernel,
    grid: Size,
    block: Size,
    args: Sequence[Any],
    shared: int = 0,
    sample_blocks: int | None = None,
    trace: tuple[int, int] | None = None,
    card: str | None = cards.DEFAULT,
) -> Report:
    """Launch a kernel as `kernel[grid, block, shared](*args)` does, and report what it did to memory.

    The arrays are changed as by a launch. `sample_blocks` runs so many of the blocks only: the first, the last, and
    others at random, always the same. `trace` is a block and a warp whose steps are kept. `card` is the one that
    the roofline is of (`cards.CARDS`); None: count no FLOPs, which takes another build and another run.

    Races, accesses out of bounds, reads of memory that nobody wrote and divergent barriers do not end the launch: they
    are reported. A thread that leaves an array ends there, and counts no further. Raises InputError for what cannot be
    launched or would take too long, and KernelError for what ends a kernel, as an endless loop.
    """
    if not isinstance(kernel, Kernel):
        raise InputError(f"profile takes a kernel, as emulator.compile(FILE).kernel(NAME) gives it, not {kernel!r}.")
    if not isinstance(args, Sequence) or isinstance(args, str):
        raise InputError(
            f"args are the kernel's arguments in a list or a tuple, as (x, y, x.size), not {type(args).__name__}."
        )
    program = kernel.program
    if program.build != "checked" or program.order != "forward":
        program = emulator.compile(program.source, "checked", workers=program.workers)
        kernel = program.kernel(kernel.signature.kernel)
    sizes = launch_limits.check(kernel.signature.kernel, grid, block, shared)
    blocks, threads = prod(sizes[0]), prod(sizes[1])
    whole = isinstance(sample_blocks, (int, np.integer)) and not isinstance(sample_blocks, bool)
    if sample_blocks is not None and not (whole and sample_blocks >= 1):
        raise InputError(f"sample_blocks is how many blocks to run, at least 1, not {sample_blocks!r}.")
    if trace is not None:
        trace = _traced(trace, blocks, -(-threads // 32))
    on_card = None if card is None else cards.card(card)
    before = [arg.copy() if isinstance(arg, np.ndarray) else arg for arg in args] if on_card else []
    watch = _Watch(kernel, chosen_blocks(blocks, sample_blocks, trace), trace, threads)
    try:
        kernel.watched(grid, block, args, shared, watch)
        native.library().alicuda_xray_finish(watch.observer)
        report = read(watch.observer, watch.places, kernel, sizes[0], sizes[1], watch.chosen)
    finally:
        watch.end()
    if on_card is None:
        return report
    counted = None
    if not report.out_of_bounds and not report.divergent_barriers:  # the build that counts checks nothing
        counted = flops.count(program.source, report.kernel, grid, block, before, shared, watch.chosen)
    return replace(report, totals=report.totals | _arithmetic(counted, report.totals["global_bytes"], on_card))


def _traced(trace: Any, blocks: int, warps: int) -> tuple[int, int]:
    """The block and the warp, which the launch must have."""
    whole = isinstance(trace, Sequence) and len(trace) == 2 and all(isinstance(n, (int, np.integer)) for n in trace)
    if not whole:
        raise InputError(f"trace is a block and a warp of it, counted from 0, as (0, 0); not {trace!r}.")
    if not (0 <= trace[0] < blocks and 0 <= trace[1] < warps):
        raise InputError(
            f"there is no block {trace[0]}, warp {trace[1]} to trace: the launch has blocks 0 to {blocks - 1}, each "
            f"with warps 0 to {warps - 1}."
        )
    return int(trace[0]), int(trace[1])


def _arithmetic(counted: int | None, moved: int, card: Card) -> dict[str, Any]:
    judged = verdict(counted, moved, card)
    return {"flops": counted, "intensity": judged.intensity, "roofline": asdict(judged)}


def chosen_blocks(blocks: int, sample: int | None, trace: tuple[int, int] | None = None) -> list[int] | None:
    """Which blocks a sample runs, in order; None for all of them."""
    if sample is None or sample >= blocks:
        return None
    wanted = [*([trace[0]] if trace else []), 0, blocks - 1, *random.Random(blocks).sample(range(blocks), sample)]
    return sorted(list(dict.fromkeys(wanted))[:sample])


class _Watch:
    """Gives a launch its observer, and ends it where it would take too long."""

    def __init__(self, kernel: Kernel, chosen: list[int] | None, trace: tuple[int, int] | None, threads: int) -> None:
        self.kernel, self.chosen, self.trace, self.threads = kernel, chosen, trace, threads
        self.observer = 0
        self.places: Places

    def begin(self, launch: Launch, arena: Arena) -> None:
        library = self.kernel.program.library
        data = launch.data - launch.library
        arena_bytes = len(arena.memory)
        shared = self.kernel.program.shared_arrays(self.kernel.signature.kernel, launch.shared_bytes)
        lanes = {parameter.name: parameter.lanes for parameter in self.kernel.signature.pointers}
        words = set(re.findall(r"\w+", self.kernel.program.source.plain))  # the compiler links variables of its own
        variables = [variable for variable in debug_info.variables(library) if variable.name in words]
        self.places = Places(arena, lanes, variables, data, shared)
        arrays = self.places.for_cpp()
        self._arrays = (native.Array * max(1, len(arrays)))(*arrays)
        config = native.Config(
            arrays=self._arrays, array_count=len(arrays), workers=launch.workers, arena=arena.start,
            arena_bytes=arena_bytes, global_bytes=arena_bytes + launch.data_end - launch.data,
            shared_bytes=launch.segment_bytes, library_bytes=launch.library_end - launch.library,
            trace_block=self.trace[0] if self.trace else -1, trace_warp=self.trace[1] if self.trace else -1,
            trace_limit=TRACED_STEPS,
        )  # fmt: skip
        self.observer = native.library().alicuda_xray_begin(config)
        if not self.observer:
            raise InputError(
                f"xray takes 100 bytes of address space for each byte of the arrays, {100 * arena_bytes:,} here, which "
                "this system does not give: profile a smaller problem."
            )
        launch.observer = self.observer
        if self.chosen is not None:
            self._chosen = (ctypes.c_longlong * len(self.chosen))(*self.chosen)
            launch.chosen, launch.chosen_count = self._chosen, len(self.chosen)
        self._since = time.monotonic()

    def look(self, launch: Launch) -> None:
        elapsed = time.monotonic() - self._since
        if elapsed < LOOK_AFTER_S:
            return
        expected = elapsed * launch.blocks / launch.blocks_done if launch.blocks_done else elapsed
        if expected > PATIENCE_S:
            few = max(1, int(launch.blocks * 10 / expected))
            raise InputError(
                f"{self.kernel.signature.kernel}: {launch.blocks * self.threads:,} threads would take about "
                f"{expected / 60:.0f} minutes under xray; profile a smaller problem, or some of its {launch.blocks:,} "
                f"blocks: --sample-blocks {few} (in Python sample_blocks={few})."
            )

    def end(self) -> None:
        if self.observer:
            native.library().alicuda_xray_end(self.observer)
            self.observer = 0
