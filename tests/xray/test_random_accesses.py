"""xray's counts of accesses to places thrown with dice are those that NumPy finds from the same places."""

import functools

import numpy as np
import pytest

from alicuda import emulator, xray
from tests.available import checked_build_missing

pytestmark = pytest.mark.skipif(checked_build_missing() is not None, reason=str(checked_build_missing()))

LENGTH = 512
TYPES = {"float": 4, "float2": 8, "float4": 16, "double": 8, "short": 2}  # bytes
PROBE = """
extern "C" __global__ void probe_{type}(const {type}* x, const int* places) {{
    __shared__ {type} s[{length}];
    int t = (threadIdx.z * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;
    int threads = blockDim.x * blockDim.y * blockDim.z;
    for (int i = t; i < {length}; i += threads) s[i] = x[i];
    __syncthreads();
    int place = places[(blockIdx.y * gridDim.x + blockIdx.x) * threads + t];
    if (place < 0) return;
    {type} from_global = x[place];
    {type} from_shared = s[place];
}}
"""
BLOCKS = [(32,), (48,), (33, 2), (8, 5), (16, 3, 2), (1, 40), (7,)]


@functools.lru_cache
def program(_compiler):
    return emulator.compile("".join(PROBE.format(type=name, length=LENGTH) for name in TYPES))


def thrown(random, size):
    """For each thread the place that it reads, or -1: at random, in steps, or in a few places only."""
    places = [
        random.integers(0, LENGTH, size),
        np.arange(size) * random.integers(1, 40) % LENGTH,
        random.integers(0, 4, size) * random.integers(1, 128),
    ][random.integers(3)]
    return np.where(random.random(size) < random.choice([0.1, 0.6, 1.0]), places, -1).astype(np.int32)


def warps(places, threads):
    """The places of each warp that makes a request, with -1 for lanes that take no part."""
    for block in places.reshape(-1, threads):
        for first in range(0, threads, 32):
            lanes = block[first : first + 32]
            if (lanes >= 0).any():
                yield lanes


def of_global(lanes, size):
    """Sectors that move, and the fewest in which the same bytes could lie."""
    asked = {int(place) for place in lanes if place >= 0}
    return len({place * size // 32 for place in asked}), -(-len(asked) * size // 32)


def of_shared(lanes, size):
    """Turns of each part of a warp that its banks serve together: all of it, its halves or its quarters."""
    turns = []
    together = 32 // max(size // 4, 1)
    for first in range(0, len(lanes), together):
        words = {
            word
            for place in lanes[first : first + together]
            if place >= 0
            for word in range(place * size // 4, (place * size + size - 1) // 4 + 1)
        }
        turns.append(max(np.bincount([word % 32 for word in words]), default=0))
    return turns


@pytest.mark.parametrize("name", TYPES)
def test_counts_are_those_of_numpy(compiler, name):
    random, size = np.random.default_rng(len(name)), TYPES[name]
    x = np.ones(LENGTH * size, np.uint8).view(np.float64 if name == "double" else np.int16 if size == 2 else np.float32)
    for _ in range(40):
        block, grid = BLOCKS[random.integers(len(BLOCKS))], (int(random.integers(1, 4)), int(random.integers(1, 3)))
        threads = int(np.prod(block))
        places = thrown(random, threads * grid[0] * grid[1])
        report = xray.profile(program(compiler).kernel(f"probe_{name}"), grid, block, (x, places), card=None)
        asking = [*warps(places, threads)]
        loads = [line for line in report.lines if line.op == "load" and "place]" in line.source]
        assert report.hazards == 0 and len(loads) == (2 if asking else 0)
        for line in loads:
            assert (line.bytes, line.requests) == (size, len(asking))
            assert line.lanes == (places >= 0).sum()
            if line.space == "global":
                moved, best = np.sum([of_global(lanes, size) for lanes in asking], axis=0)
                assert (line.array, line.sectors, line.ideal_sectors) == ("x", moved, best)
            else:
                turns = [of_shared(lanes, size) for lanes in asking]
                assert (line.array, line.wavefronts) == ("s", sum(map(sum, turns)))
                assert line.bank_ways == sum(map(max, turns)) and line.bank_ways_max == max(map(max, turns))
