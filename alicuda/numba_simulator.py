"""Numba's simulator with its rough edges taken off, so that a kernel in it behaves more like one on a GPU.

    prepare(module)    for a module of kernels that was loaded in the simulator

The simulator runs one kernel at a time, each thread of a block as a thread of Python.
"""

from __future__ import annotations

import ctypes
import math
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import ModuleType
from typing import Any

import numpy as np

SWITCH_SECONDS = 1e-3
PATIENCE = 1.0  # seconds

_one_at_a_time = threading.RLock()
if hasattr(os, "register_at_fork"):  # a child would wait for ever for a launch of a thread that it has not got
    os.register_at_fork(before=_one_at_a_time.acquire, after_in_parent=_one_at_a_time.release,
                        after_in_child=_one_at_a_time.release)  # fmt: skip


def prepare(module: ModuleType) -> None:
    """Let the module's kernels be `Kernel`s, and its `math` that of a GPU."""
    from numba.cuda.simulator.kernel import FakeCUDAKernel

    for name, value in list(vars(module).items()):
        if isinstance(value, FakeCUDAKernel) and not value._device:
            setattr(module, name, Kernel(value))
        elif value is math:
            setattr(module, name, GPU_MATH)


class Kernel:
    """A kernel, launched as ever: `kernel[blocks, threads](...)`.

    Launches from several threads of Python wait for each other, where the simulator fails or mixes up their sizes. An
    error in any thread of the kernel ends the launch, and so does Ctrl-C; the next one finds nothing left of it.
    """

    def __init__(self, kernel: Any):
        self.kernel = kernel

    def __getitem__(self, size: Any) -> Callable[..., None]:
        def launch(*args: Any) -> None:
            with _one_at_a_time, quick_turns(), _errors_seen():
                self.kernel[size](*args)

        return launch


@contextmanager
def quick_turns() -> Iterator[None]:
    """Threads of Python run one at a time, and the simulator spends most of its time on handing over from one to the
    next: at the start of each, and at barriers. That is quickest on one core, and in turns of 1 ms instead of 5
    (docs/numba.md has the figures)."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(min(interval, SWITCH_SECONDS))
    try:
        with _on_one_core():
            yield
    finally:
        sys.setswitchinterval(interval)


@contextmanager
def _on_one_core() -> Iterator[None]:
    """This thread, and those that it starts, on one core, chosen by the process's number, so that two processes seldom
    share one. Only Linux can do that."""
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_setaffinity") else []
    if len(cores) < 2:
        yield
        return
    with suppress(OSError):  # where it is forbidden, it is slower
        os.sched_setaffinity(0, {cores[os.getpid() % len(cores)]})
    try:
        yield
    finally:
        with suppress(OSError):
            os.sched_setaffinity(0, cores)


@contextmanager
def _errors_seen() -> Iterator[None]:
    """No error of a thread is lost, and no thread outlives a launch that ended by one.

    The simulator words an error anew, by `type(error)(text)`. Where that fails, as with NumPy's errors about types, it
    would go on as if nothing had happened. And threads that wait at a barrier when Ctrl-C comes would wait for ever,
    with the sizes and shared arrays of their launch still in force for the next launch of that file.
    """
    lost: list[BaseException] = []
    before = threading.excepthook

    def hook(args: Any) -> None:
        if args.exc_value is not None and _simulates(args.thread):
            lost.append(args.exc_value.__context__ or args.exc_value)
        else:
            before(args)

    threading.excepthook = hook
    try:
        yield
    except BaseException:
        _end_threads()
        raise
    finally:
        threading.excepthook = before
    if lost:
        raise RuntimeError(f"{type(lost[0]).__name__} in a kernel: {lost[0]}") from lost[0]


def _simulates(thread: threading.Thread | None) -> bool:
    return type(thread).__name__ == "BlockThread"


def _end_threads() -> None:
    """End all threads of the simulator: by its own flag, which they see at barriers, or else by an exception."""
    for thread in _threads():
        thread.abort = True
        thread.syncthreads_event.set()
    _wait()
    for thread in _threads():  # in a loop without a barrier
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(SystemExit))
    _wait()


def _threads() -> list[Any]:
    """The simulator's threads that have not ended. Ctrl-C may let `is_alive` say False of one that has not."""
    return [thread for thread in threading.enumerate() if _simulates(thread)]


def _wait() -> None:
    """Until all have ended, but not for ever."""
    deadline = time.monotonic() + PATIENCE
    while _threads() and time.monotonic() < deadline:
        time.sleep(0.001)


class _MathOfGPU:
    """What `math` means in a kernel: e^100 is infinity in float32, and the root of -1 no number, where Python's own
    functions would raise. NumPy's do not, and what is float32 stays float32."""

    def __getattr__(self, name: str) -> Any:
        function = getattr(np, name)
        if not callable(function):
            return function

        def without_warning(*args: Any) -> Any:
            with np.errstate(all="ignore"):
                return function(*args)

        return without_warning


GPU_MATH = _MathOfGPU()
