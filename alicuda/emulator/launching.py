"""Runs one launch: packs its arguments, starts the runtime's threads, waits, and says what went wrong."""

from __future__ import annotations

import ctypes
import math
import os
import struct
import sys
import threading
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from alicuda.emulator.abi import Launch, Problem
from alicuda.emulator.faults import Explainer
from alicuda.emulator.memory import Placed
from alicuda.errors import InputError
from alicuda.kernel_source import Signature

if TYPE_CHECKING:
    from alicuda.emulator.program import Kernel, Program

# How long a launch may stand still: no block finished; in the checked build, no step taken.
PATIENCE_S = {"fast": 60.0, "counting": 60.0, "checked": 5.0}
SLICE_MS = 50  # how long Python waits before it looks for Ctrl-C again


class Turn:
    """Launches one after the other: the runtime's workers run one, and a kernel's arguments lie in one place."""

    def __init__(self) -> None:
        self._lock, self._taken = threading.RLock(), False

    def __enter__(self) -> None:
        self._lock.acquire()
        if self._taken:  # by a launch that a signal handler or __del__ has interrupted
            self._lock.release()
            raise InputError("a launch is already running in this thread: launch the next one when it has ended.")
        self._taken = True

    def __exit__(self, *_: object) -> None:
        self._taken = False
        self._lock.release()


turn = Turn()
if hasattr(os, "register_at_fork"):  # Windows has no fork, and imports this file all the same
    os.register_at_fork(after_in_child=turn.__init__)  # type: ignore[misc]  # it may be a thread's that is no more


class Arguments:
    """A kernel's arguments as the runtime takes them: 8 bytes each."""

    def __init__(self, signature: Signature) -> None:
        self.signature = signature
        self._is_pointer = [p.pointer for p in signature.parameters]
        self._alignment = [p.dtype.itemsize * p.lanes for p in signature.pointers]
        codes = ("Q" if p.pointer else p.dtype.char.replace("l", "q").replace("L", "Q") for p in signature.parameters)
        self._layout = struct.Struct("<" + "".join(code + "x" * (8 - struct.calcsize(f"<{code}")) for code in codes))
        self._packed = ctypes.create_string_buffer(self._layout.size + 8)
        self.address = ctypes.addressof(self._packed)

    def arrays(self, values: Sequence[Any]) -> list[np.ndarray]:
        """Those of the arguments that are arrays. InputError where one is another library's."""
        arrays = [value for value, pointer in zip(values, self._is_pointer, strict=True) if pointer]
        for parameter, array in zip(self.signature.pointers, arrays, strict=True):
            if not isinstance(array, np.ndarray):
                raise InputError(
                    f"{self.signature.kernel}: `{parameter}` takes a NumPy array, not a {type(array).__module__} one."
                )
        return arrays

    def fill(self, values: Sequence[Any], addresses: Sequence[int]) -> None:
        """Write the arguments of the next launch. InputError where an array lies where its type cannot."""
        for number, (address, bytes_) in enumerate(zip(addresses, self._alignment, strict=True)):
            if address % bytes_:
                raise InputError(
                    f"{self.signature.kernel}: `{self.signature.pointers[number]}` takes an array that begins at a "
                    f"multiple of {bytes_} bytes; pass a copy."
                )
        following = iter(addresses)
        row = [next(following) if pointer else value for value, pointer in zip(values, self._is_pointer, strict=True)]
        self._layout.pack_into(self._packed, 0, *row)


def run(
    kernel: Kernel, launch: Launch, placed: Callable[[], Sequence[Placed]], look: Callable[[Launch], None] | None = None
) -> None:
    """Run a launch to its end; KernelError where it fails. `placed` says where the arrays lie, for the message.

    `look` is called every so often meanwhile; what it raises ends the launch.
    """
    program = kernel.program
    try:
        gave_up = _wait(program, launch, look)
    finally:
        if program.printed is not None and sys.stdout is not None:
            sys.stdout.write(program.printed.raw[: launch.printed_used].decode(errors="replace"))
    if not launch.failed:
        return
    report = launch.report
    if gave_up and report.problem == Problem.INTERRUPTED:
        report.problem = Problem.ENDLESS
    shared = program.shared_arrays(kernel.signature.kernel, launch.shared_bytes)
    constants = range(launch.library, launch.library_end)
    lines = program.build in ("checked", "debug")
    raise Explainer(program.library, lines, kernel.signature, placed(), shared, constants).error(report)


def _wait(program: Program, launch: Launch, look: Callable[[Launch], None] | None) -> bool:
    """Start a launch and wait for its end; True where it stood still for too long and was stopped."""
    runtime = program.runtime
    try:
        done = runtime.alicuda_start(launch, SLICE_MS)
        if done < 0:
            raise OSError("No operating system thread could be started.")
        patience = PATIENCE_S.get(program.build, math.inf)  # who debugs may take all the time in the world
        seen, since = -1, time.monotonic()
        while not done:
            if launch.failed:  # the other workers' blocks may take long, or never end
                runtime.alicuda_stop(launch)
                return False
            if look:
                look(launch)
            progress = runtime.alicuda_steps() if program.build == "checked" else launch.blocks_done
            if progress != seen:
                seen, since = progress, time.monotonic()
            elif time.monotonic() - since > patience:
                runtime.alicuda_stop(launch)
                return True
            done = runtime.alicuda_wait(launch, SLICE_MS)
    except BaseException:  # Ctrl-C: nothing may run on in memory that is Python's again
        if launch.running:
            runtime.alicuda_stop(launch)
        raise
    return False
