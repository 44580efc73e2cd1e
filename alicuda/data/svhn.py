"""SVHN: 32 x 32 colour pictures of digits, cut out of Google Street View's house numbers ("format 2").

Source: Netzer, Wang, Coates, Bissacco, Wu and Ng, "Reading Digits in Natural Images with Unsupervised Feature
Learning", NIPS Workshop on Deep Learning and Unsupervised Feature Learning, 2011; http://ufldl.stanford.edu/housenumbers/
"""

from __future__ import annotations

import threading
from contextlib import suppress
from pathlib import Path

import numpy as np
import scipy.io

from alicuda.data.find import cache, find
from alicuda.data.pictures import Pictures
from alicuda.errors import InputError

URL = "http://ufldl.stanford.edu/housenumbers/"
TRAIN, TEST, EXTRA = "train_32x32.mat", "test_32x32.mat", "extra_32x32.mat"
MD5 = {
    TRAIN: "e26dedcc434d2e4c54c9b2d4a06d8373",
    TEST: "eb5a983be6a315427106f1b164d9cef3",
    EXTRA: "a93ce644f1a588dc4d68dda5feec44a7",
}
OFFICIAL = {TRAIN: 73257, TEST: 26032, EXTRA: 531131}  # pictures
CONNECT_S, STALL_S = 3.0, 30.0  # how long a connection may take; how long a download may stand still
LICENCE = "SVHN, Netzer et al. 2011, http://ufldl.stanford.edu/housenumbers/; for non-commercial use only"
HEADER = b"MATLAB 5.0 MAT-file"
WAY_OUT = f"put {TRAIN} and {TEST} into a folder and give it as --data DIR, or set ALICUDA_DATA"


class Unavailable(InputError):
    """SVHN is neither here nor can it be had now. The caller may train on synthetic digits instead."""


def load(data: Path | None, extra: bool = False, progress: bool = True) -> Pictures:
    """SVHN's training and test set: pixels (N, 32, 32, 3) uint8, labels (N,) int64 from 0 to 9.

    `data`: the folder that holds the .mat files, or the one above it; nothing is downloaded then, and subsets are
    taken. None: $ALICUDA_DATA, the user's cache, or else a download. `extra`: train on extra_32x32.mat alone, as ALI's
    authors did, where it is there or can be downloaded (1.3 GB), else on train_32x32.mat; the note says which.

    Raises Unavailable where the files are not here and cannot be downloaded, InputError where a file is bad.
    """
    folder = find("svhn", data)
    # Who names a folder, by --data or $ALICUDA_DATA, has chosen the files: only the cache is filled by downloads.
    cached = cache("svhn")
    if folder is None or (data is None and folder == cached):
        if cached is None:
            raise Unavailable(f"SVHN is not here, and pooch, which would download it, is not installed; {WAY_OUT}")
        folder = cached
        for name in (TRAIN, TEST):
            _fetch(folder / name, progress)
        if extra:
            with suppress(Unavailable):  # the note says then that train_32x32.mat took its place
                _fetch(folder / EXTRA, progress)
    chosen = EXTRA if extra and (folder / EXTRA).exists() else TRAIN
    train, train_labels = _read(folder / chosen)
    test, test_labels = _read(folder / TEST)
    note = f"SVHN: {len(train):,} training pictures from {chosen}"
    if extra and chosen == TRAIN:
        note += f" ({EXTRA} is not there)"
    note += f" and {len(test):,} test pictures from {TEST}"
    if len(train) < OFFICIAL[chosen] or len(test) < OFFICIAL[TEST]:
        note += f"; a subset of the official {OFFICIAL[chosen]:,} and {OFFICIAL[TEST]:,}"
    return Pictures("svhn", train, test, train_labels, test_labels, note, LICENCE)


# ---- download ----


def _fetch(path: Path, progress: bool) -> None:
    """Download one file, unless it is there. pooch writes beside `path` and renames once the checksum agrees."""
    if path.exists():
        return
    import pooch  # here, not above: a folder with the files needs none

    downloader = pooch.HTTPDownloader(progressbar=progress, chunk_size=1 << 16, timeout=(CONNECT_S, STALL_S))
    try:
        if not _answers(URL + path.name):
            raise OSError("the server does not answer; is there a network?")
        pooch.retrieve(URL + path.name, f"md5:{MD5[path.name]}", path.name, path.parent, downloader=downloader)
    except (OSError, ValueError) as error:  # no network, server, disk space or permission; or a wrong checksum
        raise Unavailable(
            f"SVHN's {path.name} is not here and cannot be downloaded from {URL} ({error}); {WAY_OUT}"
        ) from None


def _answers(url: str) -> bool:
    """Whether the server has this file. In a thread, because a name look-up without a network has no time limit."""
    import pooch

    found: list[bool] = []

    def ask() -> None:
        try:
            found.append(pooch.HTTPDownloader(timeout=CONNECT_S)(url, None, None, check_only=True))
        except Exception:  # whatever requests and what it stands on raise, it is no answer
            found.append(False)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(2 * CONNECT_S)
    return found == [True]


# ---- files ----


def _read(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """X (32, 32, 3, N) uint8 and y (N, 1) of 1 to 10 (10 is the digit 0) to pixels (N, 32, 32, 3) and labels (N,)."""
    if not path.is_file():
        raise InputError(f"{path} is missing; SVHN is {TRAIN} and {TEST}, from {URL}")
    try:
        with path.open("rb") as file:
            start = file.read(len(HEADER))
        if start != HEADER:
            raise _bad(path, f"a file that begins with '{HEADER.decode()}'", f"{start[:24]!r}")
        shapes = {name: shape for name, shape, _ in scipy.io.whosmat(path)}  # before anything large is read
        if not {"X", "y"} <= shapes.keys():
            raise _bad(path, "the arrays X and y", ", ".join(sorted(shapes)) or "no array")
        if len(shapes["X"]) != 4 or shapes["X"][:3] != (32, 32, 3):
            raise _bad(path, "X of shape (32, 32, 3, N)", f"{shapes['X']}")
        count = shapes["X"][3]
        if count == 0:
            raise _bad(path, "at least one picture", "none")
        if shapes["y"] not in ((count, 1), (1, count)):
            raise _bad(path, f"y of shape ({count}, 1), one label for each picture", f"{shapes['y']}")
        arrays = scipy.io.loadmat(path, variable_names=["X", "y"])
        x, y = arrays["X"], arrays["y"]
    except InputError:
        raise
    except Exception as error:  # scipy and zlib raise many kinds on a damaged file, and none of them names it
        raise _bad(path, "a whole MATLAB file", f"damaged or cut short ({type(error).__name__}: {error})") from None
    if x.dtype != np.uint8:
        raise _bad(path, "X of uint8", f"{x.dtype}")
    if not isinstance(y, np.ndarray) or y.dtype.kind not in "iuf" or not np.isin(y, np.arange(1, 11)).all():
        raise _bad(path, "labels y from 1 to 10", _labels_found(y))
    return np.ascontiguousarray(x.transpose(3, 0, 1, 2)), y.ravel().astype(np.int64) % 10


def _labels_found(y) -> str:
    if isinstance(y, np.ndarray) and y.dtype.kind in "iuf":
        return f"{y.min():g} to {y.max():g}" + (", not whole" if (y % 1 != 0).any() else "")
    return f"{type(y).__name__} of {y.dtype}"


def _bad(path: Path, expected: str, found: str) -> InputError:
    way_out = f"delete it and download it again from {URL}{path.name}"
    return InputError(f"{path}: expected {expected}, found {found}; {way_out}")
