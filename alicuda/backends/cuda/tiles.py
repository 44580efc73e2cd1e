"""Which tile a convolution is made of, how its depth is split, and how many multiply-adds that executes.

A convolution is a matrix product with M rows, a number of columns, and a depth (`kernels/cuda/tile.cuh`). It is made by
blocks of threads, a tile each, and what a tile holds beyond the edges of the matrix is computed for nothing. So the
choice weighs three things: the work that a tile executes, how fast its threads do it, and whether there are blocks
enough to keep a GPU busy. It depends on shapes alone, never on the device: so do the bits of every result.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from math import prod
from typing import Literal, NamedTuple

import numpy as np

Direction = Literal["forward", "input_grad", "weight_grad"]

BUSY = 2 * 132  # blocks that keep a large GPU busy: two for each multiprocessor of an H100
FEWEST_SLABS = 8  # of the depth, that a block is started for
MOST_SPLITS = 32


@dataclass(frozen=True)
class Tile:
    """BM x BN outputs a block, TM x TN a thread, in slabs of BK of the depth; `speed`: relative, of the inner loop."""

    BM: int
    BN: int
    BK: int
    TM: int
    TN: int
    speed: float

    @property
    def threads(self) -> int:
        return self.BM // self.TM * (self.BN // self.TN)

    @property
    def defines(self) -> dict[str, int]:
        return {name: getattr(self, name) for name in ("BM", "BN", "BK", "TM", "TN")}


# The speeds are guesses, to be measured on a GPU: a thread makes 16, 10.7 or 8 multiply-adds for each read of 16 bytes
# from shared memory, and slabs of 8 steps meet a barrier twice as often as those of 16.
LARGE = Tile(128, 64, 16, 8, 8, 1.0)
MIDDLE = Tile(64, 64, 16, 8, 4, 0.9)
NARROW = Tile(128, 32, 16, 8, 4, 0.9)  # 32 channels, as in G1's last layers
FLAT = Tile(32, 128, 16, 4, 8, 0.9)  # 200 rows: D's layers that see one pixel, or a code
SMALL = Tile(32, 32, 16, 4, 4, 0.6)
SLIM = Tile(128, 8, 8, 4, 4, 0.5)  # pictures, which have three channels

# By the floats that are read at once: 4 where C and K divide by it. Pictures' layers are few, and so are their tiles.
TILES: dict[int, tuple[Tile, ...]] = {4: (LARGE, MIDDLE, NARROW, FLAT, SMALL, SLIM), 1: (NARROW, SMALL, SLIM)}


class Shape(NamedTuple):
    """A convolution: images (N,H,W,C) and (N,P,Q,K), filters (R,S,C,K)."""

    N: int
    H: int
    W: int
    C: int
    R: int
    S: int
    K: int
    P: int
    Q: int
    stride: int

    @property
    def macs(self) -> int:
        """Multiply-adds that are needed, in each of the three directions."""
        return self.N * self.P * self.Q * self.K * self.R * self.S * self.C

    def as_matrix(self) -> Shape | None:
        """The same numbers as a plain matrix product: NHWC makes it one where the filter covers the image, or is a
        single tap. None elsewhere."""
        N, H, W, C, R, S, K, P, Q, stride = self
        if (R, S) == (H, W):
            return Shape(N, 1, 1, R * S * C, 1, 1, K, 1, 1, 1)
        if (R, S, stride) == (1, 1, 1):
            return Shape(N * P * Q, 1, 1, C, 1, 1, K, 1, 1, 1)
        return None


class Plan(NamedTuple):
    """How one direction of a convolution is launched, and the multiply-adds that its threads execute."""

    tile: Tile
    splits: int
    grid: tuple[int, int, int]
    executed: int


@lru_cache(maxsize=1024)
def plan(direction: Direction, shape: Shape, tiles: tuple[Tile, ...] = TILES[4]) -> Plan:
    """The plan that should take the shortest.

    A GPU half full of blocks does not take twice as long, as each block has more of its multiprocessor: hence the root.
    """
    plans = [_plan(direction, shape, tile) for tile in tiles]
    return min(plans, key=lambda p: p.executed / p.tile.speed / min(1.0, prod(p.grid) / BUSY) ** 0.5)


def _plan(direction: Direction, shape: Shape, tile: Tile) -> Plan:
    N, H, W, C, R, S, K, P, Q, stride = shape
    phases = 1
    if direction == "forward":
        rows, columns, slabs = N * P * Q, K, _ceil(R * S * C, tile.BK)
    elif direction == "weight_grad":
        rows, columns, slabs = R * S * C, K, _ceil(N * P * Q, tile.BK)
    else:
        phases = min(stride, R) * min(stride, S)
        rows, columns = N * _ceil(H, stride) * _ceil(W, stride), C  # of the largest phase
        slabs = _ceil(R, stride) * _ceil(S, stride) * _ceil(K, tile.BK)
    across, down = _ceil(rows, tile.BM), _ceil(columns, tile.BN)
    blocks = across * down * phases
    splits = max(1, min(MOST_SPLITS, _ceil(BUSY, blocks), slabs // FEWEST_SLABS))
    if direction == "input_grad":
        walked = sum(int(taps_walked(shape, tile.BM, *phase).sum()) for phase in phases_of(shape))
        executed = walked * _ceil(K, tile.BK) * tile.BK * tile.BM * down * tile.BN
    else:
        executed = across * tile.BM * down * tile.BN * slabs * tile.BK
    return Plan(tile, splits, (across, down, phases * splits), executed)


def phases_of(shape: Shape) -> Iterator[tuple[int, int]]:
    """The phases of an input gradient that a tap reaches; see `conv2d_input_grad.cu`."""
    for a in range(min(shape.stride, shape.R)):
        for b in range(min(shape.stride, shape.S)):
            yield a, b


def taps_walked(shape: Shape, BM: int, a: int, b: int) -> np.ndarray:
    """How many taps each block of rows of phase (a, b) does not skip: `tap_is_inside` of the kernel, for all."""
    N, H, W, _, R, S, _, P, Q, stride = shape
    height, width = _ceil(H - a, stride), _ceil(W - b, stride)
    M = height * width * N
    first = np.arange(0, M, BM)
    i0, j0 = np.divmod(first // N, width)
    i1, j1 = np.divmod((np.minimum(first + BM, M) - 1) // N, width)
    count = np.zeros(first.size, np.int64)
    for u in range(_ceil(R - a, stride)):
        for v in range(_ceil(S - b, stride)):
            first_line = _meet(i0, i0, u, P) & _meet(j0, width - 1, v, Q)
            last_line = _meet(i1, i1, u, P) & _meet(0, j1, v, Q)
            between = (i1 - i0 > 1) & _meet(i0 + 1, i1 - 1, u, P) & _meet(0, width - 1, v, Q)
            one_line = _meet(i0, i1, u, P) & _meet(j0, j1, v, Q)
            count += np.where(i0 == i1, one_line, first_line | last_line | between)
    return count


def _meet(start, stop, first, size):
    """Do [start, stop] and [first, first + size) have a number in common?"""
    return (start < first + size) & (stop >= first)


def _ceil(a: int, b: int) -> int:
    return -(-a // b)
