"""Philox4x32-10: random numbers that are a function of a counter.

A draw is named by four numbers (seed, stream, step, index); nothing is stored between draws. Element i of a draw is
word i % 4 of Philox at the counter (i // 4 low 32 bits, i // 4 high 32 bits, stream, step) under the key `seed`, so its
value depends neither on the grid, nor the block, nor the chunk in which it is computed.

Source: Salmon, Moraes, Dror and Shaw, "Parallel Random Numbers: As Easy as 1, 2, 3", SC 2011, section 3.3.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

MULTIPLIERS = (np.array(0xD2511F53, np.uint64), np.array(0xCD9E8D57, np.uint64))
WEYL = (0x9E3779B9, 0xBB67AE85)  # added to the key after each round: golden ratio, sqrt(3) - 1
ROUNDS = 10
LOW32 = np.uint64(0xFFFFFFFF)
HALF = np.array(32, np.uint64)
CHUNK = 1 << 15  # counters at a time: the temporaries stay in a core's own cache


def philox4x32(counter, key, rounds: int = ROUNDS) -> np.ndarray:
    """Words of Philox4x32, (..., 4) uint32. `counter`: four broadcastable uint32 arrays or ints; `key`: two ints."""
    c0, c1, c2, c3 = np.broadcast_arrays(*(np.asarray(c, np.uint64) for c in counter))
    out = np.empty((*c0.shape, 4), np.uint32)
    work = np.empty((4, *c0.shape), np.uint64)
    work[0], work[1] = c0 << HALF | c1, c2 << HALF | c3
    _mix(work, key, rounds, out)
    return out


def _mix(work, key, rounds, out) -> None:
    """The rounds. Two 32-bit words share an element: work[0] = (c0, c1) and work[1] = (c2, c3), the first word in the
    high half; work[2] and work[3] hold the products.

    The textbook round, with M c = 2^32 hi + lo,

        (c0, c1, c2, c3) <- (hi(M1 c2) ^ c1 ^ k0,  lo(M1 c2),  hi(M0 c0) ^ c3 ^ k1,  lo(M0 c0))

    is then a <- M1 c2 ^ (a << 32) ^ (k0 << 32), and b likewise: the product lies as it must. Everything happens in
    place, because making new arrays would take longer than the arithmetic.
    """
    a, b, p, q = (work[i, ...] for i in range(4))
    k0, k1 = (int(k) for k in key)
    for _ in range(rounds):
        np.multiply(np.right_shift(a, HALF, out=p), MULTIPLIERS[0], out=p)  # 32 x 32 -> 64 bits: never overflows
        np.multiply(np.right_shift(b, HALF, out=q), MULTIPLIERS[1], out=q)
        np.bitwise_xor(np.left_shift(a, HALF, out=a), q, out=a)
        np.bitwise_xor(a, np.array(k0 << 32, np.uint64), out=a)
        np.bitwise_xor(np.left_shift(b, HALF, out=b), p, out=b)
        np.bitwise_xor(b, np.array(k1 << 32, np.uint64), out=b)
        k0, k1 = (k0 + WEYL[0]) & 0xFFFFFFFF, (k1 + WEYL[1]) & 0xFFFFFFFF
    out[..., 0], out[..., 1] = np.right_shift(a, HALF, out=p), a  # storing as uint32 keeps the low half
    out[..., 2], out[..., 3] = np.right_shift(b, HALF, out=q), b


def words(seed: int, stream: int, step: int, start: int, stop: int) -> np.ndarray:
    """Elements `start` to `stop` of a draw, as uint32."""
    seed, first, last = int(seed), start // 4, -(-stop // 4)
    key = (seed & 0xFFFFFFFF, seed >> 32 & 0xFFFFFFFF)
    out = np.empty((last - first, 4), np.uint32)
    work = np.empty((4, min(CHUNK, last - first)), np.uint64)
    for lo in range(first, last, CHUNK):
        hi = min(lo + CHUNK, last)
        part = work[:, : hi - lo]
        index = np.arange(lo, hi, dtype=np.uint64)
        np.bitwise_or(np.left_shift(index, HALF, out=part[0]), np.right_shift(index, HALF, out=index), out=part[0])
        part[1] = (stream & 0xFFFFFFFF) << 32 | (step & 0xFFFFFFFF)
        _mix(part, key, ROUNDS, out[lo - first : hi - first])
    return out.reshape(-1)[start - 4 * first : stop - 4 * first]


def uniforms(bits: np.ndarray, dtype=np.float32) -> np.ndarray:
    """Words to uniforms in the open interval (0, 1): 23 bits and a half, exact in float32, never 0 or 1."""
    return (((bits >> np.uint32(9)).astype(dtype)) + dtype(0.5)) * dtype(2.0**-23)


def normals(bits: np.ndarray, dtype=np.float32) -> np.ndarray:
    """Words to N(0, 1), an even number of them: elements 2j and 2j+1 are the cosine and sine of one Box-Muller pair."""
    u = uniforms(bits, np.float64)
    radius = np.sqrt(-2.0 * np.log(u[0::2]))
    angle = 2.0 * np.pi * u[1::2]
    out = np.empty(bits.size, dtype)
    out[0::2], out[1::2] = radius * np.cos(angle), radius * np.sin(angle)
    return out


def keep_threshold(p: float) -> int:
    """An element is kept by dropout iff its word is at least this: an integer comparison, the same everywhere."""
    return min(int(p * 2.0**32), 0xFFFFFFFF)


class Draw(NamedTuple):
    """The name of one draw. `step` is an int, or a backend's array of one int that the device itself counts up."""

    seed: int
    stream: int
    step: Any


class Rng:
    """Hands out draws: each call takes the next stream of one (seed, step).

    Two Rngs made alike hand out the same draws; nothing else in the program can disturb them.
    """

    def __init__(self, seed: int = 0, stream: int = 0, step: Any = 0):
        self.seed, self.stream, self.step = int(seed), int(stream), step

    def draw(self) -> Draw:
        self.stream += 1
        return Draw(self.seed, self.stream - 1, self.step)


# Where each user of random numbers starts counting its streams, so that none meets another.
TRAINING, PICTURES, EVALUATION, INITIAL_WEIGHTS = (k << 16 for k in range(4))
