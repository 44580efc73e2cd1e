"""Cards and the peaks that NVIDIA publishes for them: the two lines of a roofline.

The arithmetic peak is that of plain FP32 instructions, an fma as two operations: kernels here use no tensor cores.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from alicuda.errors import InputError


@dataclass(frozen=True)
class Card:
    """A GPU. Peaks are at the boost clock, which a long run may not hold."""

    name: str
    gflops: float  # FP32, without tensor cores
    gbytes: float  # GB/s from its own memory; 1 GB is 10^9 bytes
    source: str

    @property
    def ridge(self) -> float:
        """FLOPs per byte from which on arithmetic, and no longer memory, sets the pace."""
        return self.gflops / self.gbytes


_IMAGES = "https://images.nvidia.com"
CARDS = (
    Card("T4", 8_100, 320, "NVIDIA Turing GPU Architecture, appendix on Tesla T4: "
         f"{_IMAGES}/aem-dam/en-zz/Solutions/design-visualization/technologies/turing-architecture/"
         "NVIDIA-Turing-Architecture-Whitepaper.pdf"),
    Card("V100 SXM2", 15_700, 900, "NVIDIA Tesla V100 GPU Architecture: "
         f"{_IMAGES}/content/volta-architecture/pdf/volta-architecture-whitepaper.pdf"),
    Card("A100 40GB", 19_500, 1_555, "NVIDIA A100 Tensor Core GPU Architecture: "
         f"{_IMAGES}/aem-dam/en-zz/Solutions/data-center/nvidia-ampere-architecture-whitepaper.pdf"),
    Card("A100 80GB", 19_500, 2_039, "NVIDIA A100 Tensor Core GPU, data sheet, SXM: "
         "https://www.nvidia.com/content/dam/en-zz/Solutions/Data-Center/a100/pdf/"
         "nvidia-a100-datasheet-us-nvidia-1758950-r4-web.pdf"),
    Card("L4", 30_300, 300, "NVIDIA L4 Tensor Core GPU, specifications: https://www.nvidia.com/en-us/data-center/l4/"),
    Card("RTX 3090", 35_600, 936, "NVIDIA Ampere GA102 GPU Architecture: "
         "https://www.nvidia.com/content/PDF/nvidia-ampere-ga-102-gpu-architecture-whitepaper-v2.pdf"),
    Card("RTX 4090", 82_600, 1_008, "NVIDIA Ada GPU Architecture: "
         f"{_IMAGES}/aem-dam/Solutions/geforce/ada/nvidia-ada-gpu-architecture.pdf"),
    Card("H100 SXM", 67_000, 3_350, "NVIDIA H100 Tensor Core GPU, specifications: "
         "https://www.nvidia.com/en-us/data-center/h100/"),
    Card("H200 SXM", 67_000, 4_800, "NVIDIA H200 Tensor Core GPU, specifications: "
         "https://www.nvidia.com/en-us/data-center/h200/"),
)  # fmt: skip
DEFAULT = "T4"  # what a hosted notebook gives
# The card by the name that its driver tells, without the brand. A name that says more (RTX 4090 Laptop GPU, H200 NVL,
# A100 80GB PCIe, a slice of a card) is that of another card, with other peaks.
OF_DRIVER = {
    "T4": "T4", "V100-SXM2-16GB": "V100 SXM2", "V100-SXM2-32GB": "V100 SXM2", "A100-SXM4-40GB": "A100 40GB",
    "A100-SXM4-80GB": "A100 80GB", "L4": "L4", "RTX 3090": "RTX 3090", "RTX 4090": "RTX 4090",
    "H100 80GB HBM3": "H100 SXM", "H200": "H200 SXM",
}  # fmt: skip
_BRAND = re.compile(r"^(?:NVIDIA |GeForce |Tesla )*")


def card(name: str) -> Card:
    """The card of that name, in upper or lower case. InputError, naming those there are, where there is none."""
    for known in CARDS:
        if known.name.lower() == str(name).strip().lower():
            return known
    raise InputError(f"no figures of a card {name!r}; choose one of {', '.join(known.name for known in CARDS)}.")


def of_device(name: str) -> Card | None:
    """The card of a GPU that its driver calls so; None where none is known."""
    known = OF_DRIVER.get(_BRAND.sub("", name))
    return card(known) if known else None
