"""Which pictures a run trains on: a source by name, or the built-in digits where SVHN cannot be had."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from alicuda.data import image_folder, svhn, synthetic
from alicuda.data.pictures import Pictures
from alicuda.errors import InputError

SOURCES = ("svhn", "images", "synthetic")


def load(
    source: str,
    data: Path | None,
    size: int = 32,
    extra: bool = False,
    fallback: bool = True,
    notice: Callable[[str], None] = lambda sentence: None,
) -> Pictures:
    """The pictures of `source`. Where SVHN is neither here nor to be had, `notice` is told and the built-in digits are
    taken instead, or with `fallback=False` an InputError is raised."""
    if source == "images":
        if data is None:
            raise InputError("train images needs --data FOLDER_OR_ZIP: your pictures.")
        return image_folder.load(data, size)
    if source == "synthetic":
        return synthetic.load()
    try:
        return svhn.load(data, extra=extra)
    except svhn.Unavailable as error:
        if not fallback:
            raise
        notice(f"{error} Training on built-in SVHN-like digits (synthetic) instead; --no-fallback makes this an error.")
        return synthetic.load()
