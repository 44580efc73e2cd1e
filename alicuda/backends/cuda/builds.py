"""The builds of each kernel file: every set of `#define`s that the backend launches it with, and no other.

What is compiled ahead of time (`benchmarks/compile_table.py`) is listed here; a test watches launches and compares.
"""

from __future__ import annotations

from alicuda.backends.cuda.tiles import TILES

ONE = [dict[str, int]()]  # nothing to choose
VECTORS = [{"VECTOR": 1}, {"VECTOR": 4}]
CONVOLUTION = [tile.defines | {"VECTOR": vector} for vector, tiles in TILES.items() for tile in tiles]

BUILDS: dict[str, list[dict[str, int]]] = {
    "adam.cu": ONE,
    "arithmetic.cu": ONE,
    "batch_norm.cu": VECTORS,
    "bias.cu": VECTORS,
    "bookkeeping.cu": ONE,
    "conv2d.cu": CONVOLUTION,
    "conv2d_input_grad.cu": CONVOLUTION,
    "conv2d_weight_grad.cu": CONVOLUTION,
    "dropout.cu": ONE,
    "gaussian.cu": ONE,
    "leaky_relu.cu": ONE,
    "maxout.cu": ONE,
    "reduce.cu": VECTORS,
    "shapes.cu": VECTORS,
    "sigmoid.cu": ONE,
}
