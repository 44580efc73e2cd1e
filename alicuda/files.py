"""Files that are there whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from alicuda.errors import InputError

TEMPORARY = ".partial"  # the ending of a file that is being written


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` fill a temporary file beside `path`, sync it, and rename it: no reader ever sees half a file.

    InputError, with nothing left behind, where the disk is full or may not be written to.
    """
    target = Path(os.path.realpath(path))  # a link stays a link
    temporary = target.with_name(target.name + TEMPORARY)
    try:
        if target.exists() and not target.is_file():
            raise OSError("it is there already, and is no regular file")
        write(temporary)
        with open(temporary, "rb+") as file:
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except OSError as error:
        why = error.strerror or error
        raise InputError(f"could not write {path} ({why}); what was there before is untouched.") from None
    finally:  # on a full disk, and on Ctrl-C; once renamed, nothing is there
        with suppress(OSError):
            temporary.unlink()


def write_text(path: Path, text: str) -> None:
    write_whole(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))


def make_directory(path: Path) -> None:
    """Make `path` and its parents. InputError where that cannot be."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"could not make the directory {path} ({error.strerror or error}).") from None
