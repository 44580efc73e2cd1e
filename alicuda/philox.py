"""Philox4x32-10: random numbers that are a function of a counter.

A draw is named by four numbers (seed, stream, step, index); nothing is stored between draws. Element i of a draw is
word i % 4 of Philox at the counter (i // 4 low 32 bits, i // 4 high 32 bits, stream, step) under the key `seed`, so its
value depends neither on the grid, nor the block, nor the chunk in which it is computed.

Source: Salmon, Moraes, Dror and Shaw, "Parallel Random Numbers: As Easy as 1, 2, 3", SC 2011, section 3.3.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

MULTIPLIERS = (np.uint64(0xD2511F53), np.uint64(0xCD9E8D57))
WEYL = (0x9E3779B9, 0xBB67AE85)  # added to the key after each round: golden ratio, sqrt(3) - 1
ROUNDS = 10
LOW32 = np.uint64(0xFFFFFFFF)
HALF = np.uint64(32)
CHUNK = 1 << 12  # counters at a time: the temporaries stay in a core's own cache


def philox4x32(counter, key, rounds: int = ROUNDS) -> np.ndarray:
    """Words of Philox4x32. `counter`: four broadcastable uint32 arrays or ints; `key`: two ints. Returns (..., 4) uint32."""
    c0, c1, c2, c3 = np.broadcast_arrays(*(np.asarray(c, np.uint64) for c in counter))
    k0, k1 = (int(k) for k in key)
    for _ in range(rounds):
        p0, p1 = MULTIPLIERS[0] * c0, MULTIPLIERS[1] * c2  # 32 x 32 -> 64 bits: never overflows
        c0, c1, c2, c3 = (
            (p1 >> HALF) ^ c1 ^ np.uint64(k0),
            p1 & LOW32,
            (p0 >> HALF) ^ c3 ^ np.uint64(k1),
            p0 & LOW32,
        )
        k0, k1 = (k0 + WEYL[0]) & 0xFFFFFFFF, (k1 + WEYL[1]) & 0xFFFFFFFF
    return np.stack([c0, c1, c2, c3], axis=-1).astype(np.uint32)


def words(seed: int, stream: int, step: int, start: int, stop: int) -> np.ndarray:
    """Elements `start` to `stop` of a draw, as uint32."""
    seed, first, last = int(seed), start // 4, -(-stop // 4)
    key = (seed & 0xFFFFFFFF, seed >> 32 & 0xFFFFFFFF)
    out = np.empty((last - first, 4), np.uint32)
    for lo in range(first, last, CHUNK):
        index = np.arange(lo, min(lo + CHUNK, last), dtype=np.uint64)
        counter = (index & LOW32, index >> HALF, stream & 0xFFFFFFFF, step & 0xFFFFFFFF)
        out[lo - first : lo - first + len(index)] = philox4x32(counter, key)
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
