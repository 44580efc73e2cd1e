"""A compiled source and its kernels."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from math import prod
from typing import Any, Literal, Protocol

import numpy as np

from alicuda import launch_limits, machine
from alicuda.emulator import build as builds
from alicuda.emulator import debug_info, launching
from alicuda.emulator.abi import Launch
from alicuda.emulator.compilers import BUILDS
from alicuda.emulator.memory import Arena, Placed
from alicuda.errors import InputError
from alicuda.kernel_source import Signature, Source, bytes_of
from alicuda.launch_limits import Size

Build = Literal["fast", "checked", "debug", "counting"]
Order = Literal["forward", "reverse", "random"]
ORDERS = ("forward", "reverse", "random")

STEP_LIMIT = 100_000_000  # basic blocks and accesses that one block may take in the checked build: a few seconds
PRINTED_BYTES = 1 << 20  # of printf that one launch may print
SIZES = 256  # launch sizes that a kernel keeps ready


class Watch(Protocol):
    """Who watches a launch: see `cpp/observer.h`."""

    def begin(self, launch: Launch, arena: Arena) -> None:
        """The arrays have their places: set `launch.observer`, and `launch.chosen` if only some blocks shall run."""

    def look(self, launch: Launch) -> None:
        """Called every so often meanwhile; what it raises ends the launch."""


class Program:
    """A source compiled for one build. `kernels` maps the names of its kernels to their signatures."""

    def __init__(self, source: Source, build: Build, order: Order, seed: int, workers: int | None) -> None:
        if build not in BUILDS:
            raise InputError(f'build is "fast", "checked" or "debug", not {build!r}.')
        if order not in ORDERS:
            raise InputError(f'order is "forward", "reverse" or "random", not {order!r}.')
        if not isinstance(seed, (int, np.integer)):
            raise InputError(f"seed is a whole number, not {seed!r}.")
        if workers is not None and not (isinstance(workers, (int, np.integer)) and workers >= 1):
            raise InputError(f"workers is a whole number, at least 1, not {workers!r}.")
        self.source, self.build, self.order, self.seed = source, build, order, int(seed)
        self.workers = 1 if build == "debug" else int(workers or machine.cores())
        self.library = builds.library(source, build)
        self.runtime = builds.runtime()  # before the kernels, which need its functions
        try:
            self._loaded = ctypes.CDLL(str(self.library))
        except OSError as error:
            raise InputError(f"{source.name} cannot be loaded: {_explained(str(error))}") from None
        self._shared = debug_info.shared_arrays(self.library) if build == "checked" else ()
        self.printed = ctypes.create_string_buffer(PRINTED_BYTES) if "printf" in source.plain else None

    @property
    def kernels(self) -> dict[str, Signature]:
        return self.source.kernels

    def kernel(self, name: str) -> Kernel:
        """The kernel of that name. InputError, naming those there are, where there is none."""
        signature = self.source.signature(name)
        if not getattr(self._loaded, f"alicuda_has_{name}")():
            raise InputError(f"{self.source.name} declares {name} and does not define it, or leaves it out by an #if.")
        return Kernel(self, signature)

    def address(self, function: str) -> int:
        """Where a function of the library lies."""
        return ctypes.cast(getattr(self._loaded, function), ctypes.c_void_p).value or 0

    @cached_property
    def launch(self) -> Launch:
        """What all launches of this program have in common."""
        launch = Launch(
            segment=self.address("alicuda_segment"), order=ORDERS.index(self.order), seed=self.seed % 2**64,
            checked=self.build == "checked", step_limit=STEP_LIMIT,
        )  # fmt: skip
        if builds.dynamic_shared(self.source):
            launch.dynamic_shared, launch.dynamic_bytes = self.address("alicuda_dynamic"), launch_limits.SHARED_BYTES
        if self.printed is not None:
            launch.printed, launch.printed_size = ctypes.addressof(self.printed), PRINTED_BYTES
        self.runtime.alicuda_describe(launch)
        return launch

    def shared_arrays(self, kernel: str, dynamic_bytes: int) -> list[debug_info.Variable]:
        """What a kernel can reach of shared memory, with so much dynamic one; known to the checked build only.

        That is all but the arrays of other kernels. Those of functions may be any kernel's.
        """
        dynamic = builds.dynamic_shared(self.source)
        arrays = []
        for array in self._shared:
            if array.function is None and dynamic and array.name == dynamic[1]:
                element = bytes_of(dynamic[0]) or array.element
                arrays.append(replace(array, size=dynamic_bytes, element=element))
            elif array.function == kernel or array.function not in self.kernels:
                arrays.append(array)
        return arrays


def _explained(message: str) -> str:
    """What the loader says, in words: `_Z7nowheref` is a function that the source declares."""
    missing = re.search(r"undefined symbol: (?:_Z(\d+))?(\w+)", message)
    if not missing:
        return f"{message}."
    name = missing[2][: int(missing[1] or len(missing[2]))]
    return f"{name} is declared and not defined."


class Kernel:
    """`kernel[grid, block](*args)` or `kernel[grid, block, shared_bytes](*args)` launches it and waits.

    Arrays are contiguous NumPy arrays of the parameter's type and are changed in place; numbers are Python's. Raises
    InputError for arguments that do not fit, before anything runs, and KernelError for what goes wrong inside.
    """

    def __init__(self, program: Program, signature: Signature) -> None:
        self.program, self.signature = program, signature
        self._entry = program.address(f"alicuda_run_{signature.kernel}")
        self._arguments = launching.Arguments(signature)
        self._ready: dict[Any, Launch] = {}  # by size

    def __getitem__(self, size: Any) -> Any:
        if not isinstance(size, tuple) or len(size) not in (2, 3):
            raise self._needs_size()
        grid, block, shared = (*size, 0)[:3]

        def launch(*args: Any, **named: Any) -> None:
            if named:
                raise InputError(f"{self.signature} takes its arguments in their order, without names.")
            self.launch(grid, block, args, shared)

        return launch

    def __call__(self, *args: Any, **named: Any) -> None:
        raise self._needs_size()

    def _needs_size(self) -> InputError:
        return InputError(
            f"{self.signature.kernel}: launch it as kernel[grid, block](...), or [grid, block, shared_bytes]."
        )

    def launch(self, grid: Size, block: Size, args: Sequence[Any], shared: int = 0) -> None:
        """Launch on a grid of blocks and wait for the end."""
        values = self.signature.check(args)
        arrays = self._arguments.arrays(values)
        whole = isinstance(grid, int) and isinstance(block, int) and isinstance(shared, int)
        launch = self._ready.get((grid, block, shared)) if whole else None
        launch = launch or self._sized(*launch_limits.check(self.signature.kernel, grid, block, shared), shared)
        with launching.turn:
            if self.program.build == "checked":
                self._launch_checked(launch, values, arrays)
            else:
                self._arguments.fill(values, [array.__array_interface__["data"][0] for array in arrays])
                launching.run(self, launch, lambda: self._placed(arrays))

    def watched(self, grid: Size, block: Size, args: Sequence[Any], shared: int, watch: Watch) -> None:
        """Launch as `launch` does, in the checked build, watched by another library."""
        values = self.signature.check(args)
        arrays = self._arguments.arrays(values)
        sized = self._sized(*launch_limits.check(self.signature.kernel, grid, block, shared), shared)
        with launching.turn:
            self._launch_checked(Launch.from_buffer_copy(sized), values, arrays, watch)

    def flops(
        self, grid: Size, block: Size, args: Sequence[Any], shared: int, chosen: Sequence[int] | None = None
    ) -> int:
        """How many FLOPs a launch does in the counting build, or those blocks of it that are chosen.

        It runs on copies with gaps between, which nobody gets back: this build checks no access.
        """
        values = self.signature.check(args)
        arrays = self._arguments.arrays(values)
        sized = self._sized(*launch_limits.check(self.signature.kernel, grid, block, shared), shared)
        launch = Launch.from_buffer_copy(sized)
        if chosen is not None:
            launch.chosen, launch.chosen_count = (ctypes.c_longlong * len(chosen))(*chosen), len(chosen)
        with launching.turn:
            arena = self._arena(values, arrays)
            launching.run(self, launch, lambda: arena.placed)
        return int(launch.flops)

    def _sized(self, grid: tuple[int, int, int], block: tuple[int, int, int], shared: int) -> Launch:
        """The launch of that size; kept, for the next one of the same size."""
        key = grid, block, int(shared)
        if key in self._ready:
            return self._ready[key]
        if len(self._ready) >= SIZES:
            self._ready.clear()
        launch = Launch.from_buffer_copy(self.program.launch)
        launch.entry, launch.args, launch.shared_bytes = self._entry, self._arguments.address, shared
        launch.grid[:], launch.block[:] = grid, block
        launch.workers = min(self.program.workers, prod(grid))
        self._ready[key] = launch
        if grid[1:] == block[1:] == (1, 1):
            self._ready[grid[0], block[0], shared] = launch
        return launch

    def _placed(self, arrays: Sequence[np.ndarray]) -> list[Placed]:
        return [Placed(p.name, a, a.ctypes.data, p.const) for p, a in zip(self.signature.pointers, arrays, strict=True)]

    def _launch_checked(
        self, launch: Launch, values: list[Any], arrays: list[np.ndarray], watch: Watch | None = None
    ) -> None:
        arena = self._arena(values, arrays)
        arena.lend_to(launch, self.program.shared_arrays(self.signature.kernel, launch.shared_bytes))
        if watch:
            watch.begin(launch, arena)
        try:
            launching.run(self, launch, lambda: arena.placed, watch.look if watch else None)
        finally:
            arena.copy_back()

    def _arena(self, values: list[Any], arrays: list[np.ndarray]) -> Arena:
        """Copies of the arrays, given to the next launch."""
        pointers = self.signature.pointers
        arena = Arena([p.name for p in pointers], arrays, [p.const for p in pointers])
        self._arguments.fill(values, [placed.address for placed in arena.placed])
        return arena
