"""Threads read, write and add where the dice say: xray finds races just where a comparison of all pairs does."""

import functools
from itertools import combinations

import numpy as np
import pytest

from alicuda import emulator, xray
from tests.available import checked_build_missing

pytestmark = pytest.mark.skipif(checked_build_missing() is not None, reason=str(checked_build_missing()))

PLACES, ROUNDS, LAUNCHES = 4, 4, 150
WARP, BLOCK = 1, 2  # what all threads meet in after a round; 0: in nothing
SOURCE = """
extern "C" __global__ void play(const int* kinds, const int* places, const int* meetings, int rounds, int* global) {
    __shared__ int shared[4];
    int t = threadIdx.x, threads = gridDim.x * blockDim.x;
    if (t < 4) shared[t] = 0;
    __syncthreads();
    for (int round = 0; round < rounds; ++round) {
        int at = round * threads + blockIdx.x * blockDim.x + t, place = places[at];
        if (kinds[at] == 1) { int got = shared[place]; }
        if (kinds[at] == 2) shared[place] = t;
        if (kinds[at] == 3) atomicAdd(&shared[place], 1);
        if (kinds[at] == 4) { int got = global[place]; }
        if (kinds[at] == 5) global[place] = t;
        if (kinds[at] == 6) atomicAdd(&global[place], 1);
        if (meetings[round] == 1) __syncwarp();
        if (meetings[round] == 2) __syncthreads();
    }
}
"""
NAMES = {(2, 2): "write-write", (1, 2): "read-write", (2, 3): "atomic-write", (1, 3): "atomic-read"}


@functools.lru_cache
def kernel(_compiler):
    return emulator.compile(SOURCE).kernel("play")


def is_ordered(one, other, meetings, threads):
    """Whether one of two accesses (round, thread) comes after the other for certain."""
    (round_one, a), (round_other, b) = sorted([one, other])
    if a == b:
        return True
    between = set(meetings[round_one:round_other])
    if a // threads != b // threads:
        return False
    return BLOCK in between or (WARP in between and a % threads // 32 == b % threads // 32)


def races(kinds, places, meetings, threads):
    """The kinds of race at each place that exist: {(array, place): {"read-write", ...}}."""
    found = {}
    for one, other in combinations([tuple(map(int, at)) for at in np.argwhere(kinds)], 2):
        array, array_other = ("global" if kinds[at] > 3 else "shared" for at in (one, other))
        name = NAMES.get(tuple(sorted((kinds[at] - 1) % 3 + 1 for at in (one, other))))
        meet = array == array_other and places[one] == places[other]
        meet = meet and (array == "global" or one[1] // threads == other[1] // threads)
        if name and meet and not is_ordered(one, other, meetings, threads):
            found.setdefault((array, int(places[one])), set()).add(name)
    return found


def test_races_are_those_of_a_comparison_of_all(compiler):
    random = np.random.default_rng(5)
    with_races = 0
    for _ in range(LAUNCHES):
        threads, blocks = int(random.choice([33, 64, 96])), int(random.integers(1, 4))
        shape = (ROUNDS, threads * blocks)
        kinds, places = np.zeros(shape, np.int32), random.integers(0, PLACES, shape, dtype=np.int32)
        busy = random.choice(kinds.size, random.integers(2, 9), replace=False)
        kinds.flat[busy] = random.integers(1, 7, busy.size)
        meetings = random.integers(0, 3, ROUNDS, dtype=np.int32)
        arguments = (kinds, places, meetings, ROUNDS, np.zeros(PLACES, np.int32))
        report = xray.profile(kernel(compiler), blocks, threads, arguments, card=None)
        wanted = races(kinds, places, meetings, threads)
        told = {}
        for race in report.races:
            told.setdefault(race.array, set()).add(race.kind)
        assert set(told) == {array for array, _ in wanted}, (wanted, report.races)
        for array, names in told.items():
            assert names <= set().union(*(kinds for (of, _), kinds in wanted.items() if of == array)), (wanted, names)
        with_races += bool(wanted)
    assert LAUNCHES / 4 < with_races < LAUNCHES * 3 / 4  # the dice must throw both
