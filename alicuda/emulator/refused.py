"""What a GPU can do and the emulator cannot: refused by name, with the line, before anything is compiled."""

from __future__ import annotations

import re
from typing import NamedTuple

from alicuda.errors import InputError
from alicuda.kernel_source import Source


class Refused(NamedTuple):
    name: str  # one of those that the pattern finds, by which docs/emulator.md lists them
    pattern: str
    reason: str


REFUSED = [
    Refused("cooperative_groups", r"\bcooperative_groups\b",
            "cooperative groups are not emulated; use __syncthreads and the _sync functions"),
    Refused("cudaTextureObject_t", r"\b(?:tex[123]D|surf[123]D|cudaTextureObject_t|texture\s*<)",
            "textures are not emulated; read arrays"),
    Refused("__activemask", r"\b__activemask\b",
            "__activemask depends on how a GPU schedules warps; name the lanes in a mask of your own"),
    Refused("__match_any_sync", r"\b__match_(?:any|all)_sync\b",
            "__match_any_sync and __match_all_sync are not emulated"),
    Refused("__reduce_add_sync", r"\b__reduce_\w+_sync\b",
            "warp-wide __reduce functions are not emulated; use shuffles"),
    Refused("__shfl", r"\b__(?:shfl|shfl_up|shfl_down|shfl_xor|ballot|any|all)\s*\(",
            "warp functions take a mask; use the _sync form"),
    Refused("<<<", r"<<<",
            "a kernel that launches kernels is not emulated, and host code does not belong in a .cu file here"),
    Refused("asm", r"\basm\b|\b__asm__\b", "inline PTX is not emulated; write it in CUDA C++"),
    Refused("__cluster_dims__", r"\b__cluster_dims__\b", "thread block clusters are not emulated"),
    Refused("wmma", r"\b(?:wmma|__pipeline_\w+|cuda::\w+)\b",
            "wmma, pipelines and the cuda:: library are not emulated"),
    Refused("__half", r"\b(?:__half2?|__nv_bfloat16)\b", "16-bit floats are not emulated; use float"),
    Refused("clock64", r"\bclock(?:64)?\s*\(", "the clock of a GPU is not emulated: time here says nothing of a GPU's"),
    Refused("malloc", r"\b(?:malloc|free)\s*\(|\bnew\b|\bdelete\s*(?:\[\s*\]|\w)",
            "memory of a kernel's own is not emulated; pass an array"),
    Refused("_init", r"\b_(?:init|fini)\s*\(", "a function named _init or _fini is the linker's; name it otherwise"),
]  # fmt: skip


def check(source: Source) -> None:
    """InputError for the first such name, as file:line."""
    for row in REFUSED:
        if match := re.search(row.pattern, source.plain):
            raise InputError(f"{source.place(match.start())}: {row.reason}.")
