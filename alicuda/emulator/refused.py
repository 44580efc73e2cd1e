"""What a GPU can do and the emulator cannot: refused by name, with the line, before anything is compiled."""

from __future__ import annotations

import re

from alicuda.errors import InputError
from alicuda.kernel_source import Source

REFUSED = {
    r"\bcooperative_groups\b": "cooperative groups are not emulated; use __syncthreads and the _sync functions",
    r"\b(?:tex[123]D|surf[123]D|cudaTextureObject_t|texture\s*<)": "textures are not emulated; read arrays",
    r"\b__activemask\b": "__activemask depends on how a GPU schedules warps; name the lanes in a mask of your own",
    r"\b__match_(?:any|all)_sync\b": "__match_any_sync and __match_all_sync are not emulated",
    r"\b__reduce_\w+_sync\b": "warp-wide __reduce functions are not emulated; use shuffles",
    r"\b__(?:shfl|shfl_up|shfl_down|shfl_xor|ballot|any|all)\s*\(": "warp functions take a mask; use the _sync form",
    r"<<<": "a kernel that launches kernels is not emulated, and host code does not belong into a .cu file here",
    r"\basm\b|\b__asm__\b": "inline PTX is not emulated; write it in CUDA C++",
    r"\b__cluster_dims__\b": "thread block clusters are not emulated",
    r"\b(?:wmma|__pipeline_\w+|cuda::\w+)\b": "wmma, pipelines and the cuda:: library are not emulated",
    r"\b(?:__half2?|__nv_bfloat16)\b": "16-bit floats are not emulated; use float",
}


def check(source: Source) -> None:
    """InputError for the first such name, as file:line."""
    for pattern, reason in REFUSED.items():
        if match := re.search(pattern, source.plain):
            raise InputError(f"{source.place(match.start())}: {reason}.")
