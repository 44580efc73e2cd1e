"""How long something takes on a GPU: the second-level cache emptied before each call, events around it, quantiles."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

WARM_UP = 3  # calls that are not timed: kernels are compiled, libraries choose their algorithms
FLUSH_BYTES = 1 << 30  # several times any cache; and writing it takes the GPU longer than the host needs for a launch

# Published float32 peaks without tensor cores, in TFLOP/s, by the name that the driver gives the card, without its
# brand. From NVIDIA's data sheets of the H200 SXM, H100 (SXM: "80GB HBM3"), A100, L40S, L40, L4, A10 and T4, and its
# whitepapers of the Ada (RTX 4090) and Ampere (RTX 3090) GPUs. A name that says more (RTX 3090 Ti, A10G, H200 NVL) is
# that of another card.
PEAKS = {
    "H200": 67.0, "H100 80GB HBM3": 67.0, "H100 PCIe": 51.0, "A100-SXM4-40GB": 19.5, "A100-SXM4-80GB": 19.5,
    "A100-PCIE-40GB": 19.5, "A100 80GB PCIe": 19.5, "L40S": 91.6, "L40": 90.5, "L4": 30.3, "A10": 31.2, "T4": 8.1,
    "RTX 4090": 82.6, "RTX 3090": 35.6,
}  # fmt: skip
_BRAND = re.compile(r"^(NVIDIA |GeForce |Tesla )*")


@dataclass(frozen=True)
class Times:
    """Milliseconds of a call: the median, and what one call in five stays below and goes beyond."""

    low: float
    median: float
    high: float


class Stopwatch:
    """Times calls that work on the GPU's default stream, whoever launches: CuPy and PyTorch share it."""

    def __init__(self, repeats: int) -> None:
        import cupy

        self._cuda, self.repeats = cupy.cuda, repeats
        free, _ = cupy.cuda.Device().mem_info
        self._rubbish = cupy.empty(min(FLUSH_BYTES, free // 4), np.uint8)

    def __call__(self, function: Callable[[], Any]) -> Times:
        for _ in range(WARM_UP):
            function()
        milliseconds = []
        for _ in range(self.repeats):
            start, stop = self._cuda.Event(), self._cuda.Event()
            self._rubbish.fill(0)
            start.record()
            function()
            stop.record()
            stop.synchronize()
            milliseconds.append(self._cuda.get_elapsed_time(start, stop))
        return Times(*np.quantile(milliseconds, [0.2, 0.5, 0.8]).tolist())


def peak_tflops(name: str) -> float | None:
    """The published peak of the card of that name, None where it is not in the table."""
    return PEAKS.get(_BRAND.sub("", name))


def device() -> dict[str, Any]:
    """The GPU: its name, its published peak, driver and runtime."""
    import cupy

    name = cupy.cuda.runtime.getDeviceProperties(cupy.cuda.Device().id)["name"].decode()
    return {
        "name": name,
        "peak_tflops": peak_tflops(name),
        "driver": cupy.cuda.runtime.driverGetVersion(),
        "runtime": cupy.cuda.runtime.runtimeGetVersion(),
    }
