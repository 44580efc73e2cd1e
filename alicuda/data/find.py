"""Where the data sets lie: in --data DIR, else in $ALICUDA_DATA, else in the user's cache, where downloads go."""

from __future__ import annotations

import os
from pathlib import Path

from alicuda.errors import InputError

VARIABLE = "ALICUDA_DATA"
# What a folder of each data set holds: one of these is enough to recognise it; its source asks for the rest.
CONTENTS = {
    "svhn": ("train_32x32.mat", "test_32x32.mat"),
    "cifar10": ("cifar-10-batches-bin",),
    "celeba": ("img_align_celeba.zip", "img_align_celeba"),
}


def cache(name: str) -> Path | None:
    """The folder of the user's cache into which this data set is downloaded; it may not exist yet.

    None where pooch, which knows where caches lie and downloads into them, is not installed.
    """
    try:
        import pooch  # here, not above: only this and downloads need it
    except ImportError:
        return None
    return Path(pooch.os_cache("alicuda")) / name


def find(name: str, data: Path | None) -> Path | None:
    """The folder that holds data set `name` ("svhn", "cifar10", "celeba"), or None where there is none yet.

    `data` (--data DIR) and $ALICUDA_DATA may each be the data set's own folder or the one above it. Raises InputError
    where `data` is given and does not hold the set: who names a folder wants that one. $ALICUDA_DATA may hold other
    sets only, and then the cache is looked at.
    """
    if data is not None:
        folder = _inside(Path(data), name)
        if folder is None:
            raise InputError(_nothing(name, Path(data)))
        return folder
    if os.environ.get(VARIABLE):
        folder = _inside(Path(os.environ[VARIABLE]), name)
        if folder is not None:
            return folder
    cached = cache(name)
    return cached if cached is not None and _holds(cached, name) else None


def _inside(root: Path, name: str) -> Path | None:
    root = root.expanduser()
    return next((folder for folder in (root / name, root) if _holds(folder, name)), None)


def _holds(folder: Path, name: str) -> bool:
    return any((folder / entry).exists() for entry in CONTENTS[name])


def _nothing(name: str, data: Path) -> str:
    expected = " or ".join(CONTENTS[name])
    if not data.expanduser().exists():
        return f"--data {data}: there is no such folder; expected one that holds {expected}, or {name}/ with it"
    if not data.expanduser().is_dir():
        return f"--data {data} is not a folder; give the one that holds {expected}"
    return f"--data {data} does not hold {name}: expected {expected} in it, or in {name}/ inside it"
