"""Who fulfils the contract of `contract.py`, and which one is in use."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from alicuda.errors import InputError

_current: Any = None


def _numpy() -> Any:
    from alicuda.backends.numpy_fast import NumPyFast

    return NumPyFast()


FACTORIES = {"numpy": _numpy}  # each imports what it needs only when it is asked for
NAMES = ("auto", *FACTORIES)


def get(name: str) -> Any:
    """The backend of that name; `auto` is the fastest that works here. InputError for an unknown name."""
    if name not in NAMES:
        raise InputError(f"unknown backend {name!r}: choose one of {', '.join(NAMES)}.")
    return _made("numpy" if name == "auto" else name)


@cache
def _made(name: str) -> Any:
    """One object a name: tensors made before and after `set_backend("numpy")` must be able to meet."""
    return FACTORIES[name]()


def current() -> Any:
    """The backend that new tensors are made on: the one set, else $ALICUDA_BACKEND, else `auto`."""
    global _current
    if _current is None:
        _current = get(os.environ.get("ALICUDA_BACKEND", "auto"))
    return _current


def set_backend(backend: Any) -> Any:
    """Make new tensors on `backend`, a name or a backend object, and return it."""
    global _current
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
