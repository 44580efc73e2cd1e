"""xray: what a kernel does to memory, counted without a GPU.

    from alicuda import emulator, xray

    kernel = emulator.compile("my.cu").kernel("copy")
    report = xray.profile(kernel, 8, 256, (x, y, x.size))
    for line in report.lines:
        print(line.line, line.array, line.op, line.sectors_per_request, line.ideal_sectors_per_request)

`python -m alicuda.xray` prints the source, annotated.
"""

from __future__ import annotations

from alicuda.xray.profiling import profile
from alicuda.xray.report import Report

__all__ = ["Report", "profile"]
