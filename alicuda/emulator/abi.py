"""The structures that Python and the runtime share, field for field as in `cpp/abi.h`."""

from __future__ import annotations

import ctypes as c
from enum import IntEnum


class Problem(IntEnum):
    """What went wrong in a launch; the order is that of `enum Problem`."""

    NONE = 0
    OUT_OF_BOUNDS = 1
    MISALIGNED = 2
    UNWRITTEN = 3
    DIVERGENT_BARRIER = 4
    DIVERGENT_WARP = 5
    BAD_LANE = 6
    ASSERTION = 7
    ENDLESS = 8
    STACK = 9
    SEGMENTATION = 10
    ARITHMETIC = 11
    INTERRUPTED = 12
    OUT_OF_MEMORY = 13
    BAD_INDEX = 14
    ILLEGAL = 15


class Report(c.Structure):
    _fields_ = [
        ("problem", c.c_int), ("line", c.c_int), ("other_line", c.c_int), ("size", c.c_int), ("is_write", c.c_int),
        ("file", c.c_char_p), ("other_file", c.c_char_p), ("text", c.c_char_p),
        ("address", c.c_ulonglong), ("pc", c.c_ulonglong), ("shared_base", c.c_ulonglong),
        ("thread", c.c_uint * 3), ("other_thread", c.c_uint * 3), ("block", c.c_uint * 3), ("mask", c.c_uint),
    ]  # fmt: skip


class Range(c.Structure):
    _fields_ = [("start", c.c_ulonglong), ("bytes", c.c_ulonglong), ("written", c.c_void_p)]


class Launch(c.Structure):
    _fields_ = [
        ("entry", c.c_void_p), ("segment", c.c_void_p), ("dynamic_shared", c.c_void_p), ("args", c.c_void_p),
        ("grid", c.c_uint * 3), ("block", c.c_uint * 3),
        ("shared_bytes", c.c_longlong), ("dynamic_bytes", c.c_longlong),
        ("workers", c.c_int), ("order", c.c_int), ("seed", c.c_ulonglong),
        ("checked", c.c_int), ("step_limit", c.c_ulonglong),
        ("chosen", c.POINTER(c.c_longlong)), ("chosen_count", c.c_longlong),
        ("observer", c.c_void_p),
        ("ranges", c.POINTER(Range)), ("range_count", c.c_int), ("shared", c.POINTER(Range)), ("shared_count", c.c_int),
        ("printed", c.c_void_p), ("printed_size", c.c_longlong), ("printed_used", c.c_longlong),
        ("library", c.c_ulonglong), ("library_end", c.c_ulonglong),
        ("data", c.c_ulonglong), ("data_end", c.c_ulonglong),
        ("segment_bytes", c.c_longlong), ("segment_offset", c.c_longlong),
        ("blocks", c.c_longlong), ("next_block", c.c_longlong), ("blocks_done", c.c_longlong),
        ("running", c.c_int), ("failed", c.c_int), ("report", Report), ("flops", c.c_ulonglong),
    ]  # fmt: skip


def declare(runtime: c.CDLL) -> c.CDLL:
    """Tell ctypes the runtime's functions, and make sure that both sides mean the same structure."""
    runtime.alicuda_start.argtypes = runtime.alicuda_wait.argtypes = [c.POINTER(Launch), c.c_int]
    runtime.alicuda_describe.argtypes = runtime.alicuda_stop.argtypes = [c.POINTER(Launch)]
    runtime.alicuda_describe.restype = runtime.alicuda_stop.restype = None
    runtime.alicuda_steps.restype = c.c_ulonglong
    assert runtime.alicuda_launch_bytes() == c.sizeof(Launch), "abi.py and cpp/abi.h differ"
    return runtime
