"""The builds of each kernel file: every set of `#define`s that the backend launches it with, and no other.

What is compiled ahead of time (`benchmarks/compile_table.py`) is listed here; a test launches everything and compares.
"""

from __future__ import annotations

VECTORS = [{"VECTOR": 1}, {"VECTOR": 4}]

BUILDS: dict[str, list[dict[str, int]]] = {
    "batch_norm.cu": VECTORS,
    "bias.cu": VECTORS,
    "reduce.cu": VECTORS,
}
