"""xray's counting, in C++: how it is built and loaded, and its structures, field for field as in `cpp/xray.h`."""

from __future__ import annotations

import ctypes as c
from functools import lru_cache
from pathlib import Path

import numpy as np

from alicuda.emulator import build

MAX_WORKERS = 256
SITES, RACES, FOUND, STEPS, TOUCHED, TOTALS = range(6)


class Array(c.Structure):
    _fields_ = [("start", c.c_ulonglong), ("bytes", c.c_ulonglong), ("shared", c.c_int), ("constant", c.c_int)]


class Config(c.Structure):
    _fields_ = [
        ("arrays", c.POINTER(Array)), ("array_count", c.c_int), ("workers", c.c_int),
        ("arena", c.c_ulonglong), ("arena_bytes", c.c_ulonglong),
        ("global_bytes", c.c_ulonglong), ("shared_bytes", c.c_ulonglong), ("library_bytes", c.c_ulonglong),
        ("trace_block", c.c_longlong), ("trace_warp", c.c_int), ("trace_limit", c.c_int),
    ]  # fmt: skip


SITE = np.dtype([
    ("pc", "u4"), ("array", "i4"), ("kind", "i4"), ("log_size", "i4"), ("shared", "i4"), ("next", "i4"),
    ("requests", "u8"), ("lanes", "u8"), ("sectors", "u8"), ("ideal_sectors", "u8"),
    ("ways", "u8"), ("wavefronts", "u8"), ("ideal_wavefronts", "u8"),
    ("worst", "u4"), ("worst_mask", "u4"), ("worst_block", "i8"), ("worst_places", "u8", 32),
], align=True)  # fmt: skip
RACE = np.dtype([
    ("pc", "u4"), ("other_pc", "u4"), ("kind", "i4"), ("other_kind", "i4"), ("shared", "i4"),
    ("thread", "u4"), ("other_thread", "u4"), ("block", "u4"), ("other_block", "u4"), ("place", "u8"), ("count", "u8"),
], align=True)  # fmt: skip
HAZARD = np.dtype([
    ("problem", "i4"), ("kind", "i4"), ("size", "i4"), ("shared", "i4"), ("pc", "u8"), ("place", "i8"),
    ("file", "u8"), ("other_file", "u8"), ("text", "u8"), ("line", "i4"), ("other_line", "i4"),
    ("thread", "u4", 3), ("other_thread", "u4", 3), ("block", "u4", 3), ("unused", "u4"), ("count", "u8"),
], align=True)  # fmt: skip
STEP = np.dtype([
    ("pc", "u4"), ("mask", "u4"), ("kind", "i4"), ("log_size", "i4"), ("shared", "i4"), ("unused", "i4"),
    ("places", "u8", 32),
], align=True)  # fmt: skip
DTYPES = {SITES: SITE, RACES: RACE, FOUND: HAZARD, STEPS: STEP, TOUCHED: np.dtype("u1"), TOTALS: np.dtype("u8")}


@lru_cache(maxsize=1)
def library() -> c.CDLL:
    """The library, built where it is not yet. InputError where there is no compiler."""
    loaded = c.CDLL(str(build.cpp_library("xray", Path(__file__).resolve().parent / "cpp")))
    loaded.alicuda_xray_begin.argtypes, loaded.alicuda_xray_begin.restype = [c.POINTER(Config)], c.c_void_p
    loaded.alicuda_xray_finish.argtypes, loaded.alicuda_xray_finish.restype = [c.c_void_p], None
    loaded.alicuda_xray_end.argtypes, loaded.alicuda_xray_end.restype = [c.c_void_p], None
    loaded.alicuda_xray_rows.argtypes = [c.c_void_p, c.c_int, c.c_int, c.POINTER(c.c_void_p)]
    loaded.alicuda_xray_rows.restype = c.c_longlong
    sizes = [SITE.itemsize, RACE.itemsize, HAZARD.itemsize, STEP.itemsize, c.sizeof(Config), c.sizeof(Array)]
    assert [loaded.alicuda_xray_bytes(i) for i in range(6)] == sizes, "native.py and cpp/xray.h differ"
    return loaded


def rows(observer: int, which: int) -> list[np.ndarray]:
    """What each worker has counted, one array a worker, copied."""
    found = []
    for worker in range(MAX_WORKERS):
        at = c.c_void_p()
        count = library().alicuda_xray_rows(observer, worker, which, c.byref(at))
        if count < 0:
            continue
        dtype = DTYPES[which]
        data = c.string_at(at.value or 0, count * dtype.itemsize) if count else b""
        found.append(np.frombuffer(data, dtype).copy())
    return found
