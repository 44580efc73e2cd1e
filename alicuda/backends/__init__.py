"""Who fulfils the contract of `contract.py`, and which one is in use."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from alicuda.errors import InputError
from alicuda.extras import Missing

_current: Any = None


def _numpy() -> Any:
    from alicuda.backends.numpy_fast import NumPyFast

    return NumPyFast()


def _cuda() -> Any:
    from alicuda.backends.cuda import Cuda
    from alicuda.backends.cuda.on_gpu import GPU

    return Cuda(GPU())


def _emulator() -> Any:
    from alicuda.backends.cuda import Cuda
    from alicuda.backends.cuda.on_emulator import Emulator

    return Cuda(Emulator())


def _numba() -> Any:
    from alicuda.backends.numba_ import Numba

    return Numba()


# each imports what it needs only when asked for
FACTORIES = {"numpy": _numpy, "cuda": _cuda, "emulator": _emulator, "numba": _numba}
NAMES = ("auto", *FACTORIES)


def missing(name: str) -> Missing | None:
    """Why a backend cannot work here, as half a sentence; None where it can. `.pip` is the command that would help.

    Found out anew each time: in a notebook, what was missing may have been installed since.
    """
    if name == "cuda":
        from alicuda.backends.cuda import on_gpu

        return on_gpu.missing()
    if name == "emulator":
        from alicuda import emulator

        return emulator.missing()
    if name == "numba":
        from alicuda import numba_kernels

        return numba_kernels.missing()
    return None


def get(name: str) -> Any:
    """The backend of that name; `auto` is `cuda` where a GPU answers, else `numpy`.

    InputError for an unknown name, or for one that cannot work here, with the reason.
    """
    if name not in NAMES:
        raise InputError(f"unknown backend {name!r}: choose one of {', '.join(NAMES)}.")
    if name == "auto":
        name = "cuda" if missing("cuda") is None else "numpy"
    if reason := missing(name):
        raise InputError(f"the {name} backend does not work here: {reason.sentence}")
    return _made(name)


@cache
def _made(name: str) -> Any:
    """One object a name: tensors made before and after `set_backend("numpy")` must be able to meet."""
    return FACTORIES[name]()


def current() -> Any:
    """The backend that new tensors are made on: the one set, else $ALICUDA_BACKEND, else `auto`."""
    global _current
    if _current is None:
        _current = get(os.environ.get("ALICUDA_BACKEND") or "auto")
    return _current


def set_backend(backend: Any) -> Any:
    """Make new tensors on `backend`, a name or a backend object, and return it. InputError for anything else."""
    global _current
    if not isinstance(backend, str) and not hasattr(backend, "conv2d"):
        raise InputError(
            f"a backend is one of {', '.join(NAMES)}, or an object that offers the contract; not {backend!r}."
        )
    _current = get(backend) if isinstance(backend, str) else backend
    return _current


@contextmanager
def use_backend(backend: Any) -> Iterator[Any]:
    """`set_backend` for the length of a with-block."""
    global _current
    before = _current
    try:
        yield set_backend(backend)
    finally:
        _current = before
