"""The ladder of the convolution, from a thread an output pixel to the kernel that trains."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from alicuda.backends.cuda.convolution import launched
from alicuda.backends.cuda.tiles import Shape
from alicuda.backends.numpy_ import NumPy
from alicuda.errors import InputError
from alicuda.ladders.ladder import Ladder, Launch, Problem, Size, Step, whole

MOST = 2**31 - 2**16  # numbers in an array: kernels count in an int, and the last block goes a little beyond the end
FOLDER = Path("ladders/conv2d")


def shape_of(size: Size) -> Shape:
    """The shape of a size (N,H,W,C,K,R,S,stride). InputError where it is none, or too large for an int."""
    N, H, W, C, K, R, S, stride = whole("conv2d", size, "N,H,W,C,K,R,S,stride")
    if min(size) < 1 or R > H or S > W:
        raise InputError(
            f"conv2d: filters of {R} x {S} cannot be moved by {stride} within {N} images of {H} x {W} x {C}, to make "
            f"{K} channels: take a size (N,H,W,C,K,R,S,stride) of positive numbers with R <= H and S <= W."
        )
    shape = Shape(N, H, W, C, R, S, K, (H - R) // stride + 1, (W - S) // stride + 1, stride)
    M, depth = matrix(shape)
    if max(N * H * W * C, depth * K, M * K, M * depth) > MOST:
        raise InputError(f"conv2d: of {size} an array would have more than {MOST} numbers: take a smaller N.")
    return shape


def matrix(shape: Shape) -> tuple[int, int]:
    """Rows and depth of the matrix of the columns."""
    return shape.N * shape.P * shape.Q, shape.R * shape.S * shape.C


def problem(size: Size) -> Problem:
    shape = shape_of(size)
    N, H, W, C, R, S, K, *_ = shape
    random = np.random.default_rng(0)
    x = random.standard_normal((N, H, W, C), np.float32)
    w = random.standard_normal((R, S, C, K), np.float32)
    y = NumPy().conv2d(x.astype(float), w.astype(float), shape.stride)
    return Problem(size, {"x": x, "w": w}, y, 2 * shape.macs, x.nbytes + w.nbytes + 4 * y.size)


def naive(size: Size) -> list[Launch]:
    shape = shape_of(size)
    M, _ = matrix(shape)
    return [Launch("conv2d", (_ceil(M, 128), shape.K), 128, ("x", "w", "out", *shape))]


def im2col_and_matmul(size: Size, tile: tuple[int, int], block: tuple[int, int]) -> list[Launch]:
    """The columns written, then multiplied in tiles of so many rows and output channels."""
    shape = shape_of(size)
    N, H, W, C, R, S, K, P, Q, stride = shape
    M, depth = matrix(shape)
    threads = block[0] * block[1]
    return [
        Launch("im2col", _ceil(M * depth, threads), threads, ("x", "columns", N, H, W, C, R, S, P, Q, stride)),
        Launch("conv2d", (_ceil(M, tile[0]), _ceil(K, tile[1])), block, ("columns", "w", "out", M, K, depth)),
    ]


def columns(size: Size) -> Mapping[str, int]:
    M, depth = matrix(shape_of(size))
    return {"columns": M * depth}


def implicit_gemm(size: Size) -> list[Launch]:
    shape = shape_of(size)
    M, _ = matrix(shape)
    return [Launch("conv2d", (_ceil(M, 64), _ceil(shape.K, 64)), 256, ("x", "w", "out", *shape))]


def production(size: Size) -> list[Launch]:
    """As the backend launches it. Where blocks share the depth of a tile, another launch adds up what they made."""
    shape = shape_of(size)
    (tile, splits, grid, _), _, numbers = launched("forward", shape)
    outputs = matrix(shape)[0] * shape.K
    if splits == 1:
        return [Launch("conv2d", grid, tile.threads, ("x", "w", "out", *numbers))]
    return [
        Launch("conv2d", grid, tile.threads, ("x", "w", "parts", *numbers)),
        Launch("add_up", _ceil(outputs, 256), 256, ("parts", "out", outputs, splits)),
    ]


def parts(size: Size) -> Mapping[str, int]:
    shape = shape_of(size)
    splits = launched("forward", shape).plan.splits
    return {"parts": splits * matrix(shape)[0] * shape.K} if splits > 1 else {}


def _ceil(a: int, b: int) -> int:
    return -(-a // b)


LADDER = Ladder(
    name="conv2d",
    title="Convolution",
    steps=(
        Step(FOLDER / "01_naive.cu", "a thread an output, a warp along the pixels", naive),
        Step(
            FOLDER / "02_im2col_matmul.cu",
            "a matrix product of columns, a warp along the channels",
            lambda size: im2col_and_matmul(size, (8, 32), (32, 8)),
            scratch=columns,
        ),
        Step(
            FOLDER / "03_shared_tile.cu",
            "tiles in shared memory",
            lambda size: im2col_and_matmul(size, (32, 32), (32, 32)),
            scratch=columns,
        ),
        Step(FOLDER / "04_implicit_gemm.cu", "no columns, 4 x 4 outputs a thread", implicit_gemm),
        Step(
            FOLDER / "05_production.cu",
            "16 bytes a request, two slabs, tile chosen by the shape",
            production,
            scratch=parts,
            defines=lambda size: launched("forward", shape_of(size)).defines,
        ),
    ),
    problem=problem,
    table_size=(2, 28, 28, 32, 64, 4, 4, 2),  # the second layer of D and of G2 for SVHN, at a batch of 2
    gpu_size=(100, 28, 28, 32, 64, 4, 4, 2),  # at the batch that the paper trains with
)
