"""Which races are found: of words and of parts of them, in a block and between blocks, however often one looks."""

import functools
import os

import numpy as np
import pytest

from alicuda import emulator, xray
from tests.available import checked_build_missing

pytestmark = pytest.mark.skipif(checked_build_missing() is not None, reason=str(checked_build_missing()))

SOURCE = r"""
extern "C" __global__ void set_and_count(int* c) {
    if (threadIdx.x == 0) c[0] = 0;
    atomicAdd(c, 1);
}
extern "C" __global__ void count_and_set(int* c) {
    atomicAdd(c, 1);
    if (threadIdx.x == 40) c[0] = 0;
}
extern "C" __global__ void read_by_all(int* c, int* d) {
    if (threadIdx.x == 0) c[0] = 0;
    d[threadIdx.x] = c[threadIdx.x / 128];
}
extern "C" __global__ void read_by_two_warps(int* c, int* d) {
    if (threadIdx.x % 32 < 2) d[threadIdx.x] = c[0];
    __syncwarp();
    if (threadIdx.x == 5) c[0] = 1;
}
extern "C" __global__ void own_byte(unsigned char* b) {
    b[blockIdx.x * blockDim.x + threadIdx.x] = 1;
}
extern "C" __global__ void pair_of_bytes(unsigned char* b) {
    b[threadIdx.x] = 1;
    if (threadIdx.x == 0) b[3] = 2;
}
extern "C" __global__ void halves(unsigned short* h) {
    h[threadIdx.x / 2 * 3 % 64] = threadIdx.x;
}
extern "C" __global__ void byte_and_word(unsigned char* b, unsigned* y) {
    if (threadIdx.x < 32) b[4 * threadIdx.x + 2] = 1;
    else y[threadIdx.x] = ((unsigned*)b)[threadIdx.x - 32];
}
extern "C" __global__ void word_and_byte(unsigned char* b) {
    if (threadIdx.x < 32) ((unsigned*)b)[threadIdx.x] = 1;
    else b[4 * (threadIdx.x - 32) + 3] = 1;
}
extern "C" __global__ void byte_and_words_of_blocks(unsigned char* b, int which) {
    if (blockIdx.x == which) b[4 * threadIdx.x + 2] = 1;
    else ((unsigned*)b)[threadIdx.x] = 1;
}
extern "C" __global__ void bytes_of_two_blocks(unsigned char* b) {
    b[4 * threadIdx.x + blockIdx.x] = 1;
}
extern "C" __global__ void in_shared(float* y) {
    __shared__ unsigned char s[64];
    s[threadIdx.x / 2] = 1;
    __syncthreads();
    y[threadIdx.x] = s[threadIdx.x / 2];
}
extern "C" __global__ void wide(float4* y) {
    y[threadIdx.x / 2] = make_float4(1, 2, 3, 4);
}
extern "C" __global__ void many(int* y, int each) {
    for (int i = 0; i < each; ++i) y[i * blockDim.x + threadIdx.x] = 1;
    if (threadIdx.x == 63) y[0] = 2;
}
extern "C" __global__ void far_apart(int* y, int each) {
    for (int i = 0; i < each; ++i) y[(i * blockDim.x + threadIdx.x) * 4096] = 1;
    __syncthreads();
    for (int i = 0; i < each; ++i) y[(i * blockDim.x + 63 - threadIdx.x) * 4096] += 1;
}
extern "C" __global__ void barriers(int* y) {
    for (int i = 0; i < 5000; ++i) {
        y[(threadIdx.x + i) % 64] = i;
        __syncthreads();
    }
}
extern "C" __global__ void all_kinds(int* y, int* z) {
    int t = threadIdx.x + blockIdx.x;
    y[t % 7] = t;
    atomicAdd(y + t % 5, 1);
    z[t % 40] = y[t % 3];
}
"""
LINES = SOURCE.split("\n")


@pytest.fixture(autouse=True)
def with_each(compiler):
    """Every test here, with each compiler."""


@functools.lru_cache
def compiled(_compiler, workers):
    return emulator.compile(SOURCE, workers=workers)


def races(kernel, grid, block, *args, workers=None):
    program = compiled(os.environ.get("CXX"), workers)
    report = xray.profile(program.kernel(kernel), grid, block, args, card=None)
    assert report.hazards == len(report.races)
    return report.races


def the_race(*launch):
    (race,) = races(*launch)
    return race


def line_of(text):
    (line,) = (number for number, source in enumerate(LINES, 1) if text in source)
    return line


def ints(count=64):
    return np.zeros(count, np.int32)


def bytes_(count=256):
    return np.zeros(count, np.uint8)


def test_an_atomic_does_not_hide_the_write_before_it():
    race = the_race("set_and_count", 1, 64, ints())
    assert (race.kind, race.count, sorted(race.threads)) == ("atomic-write", 63, [(0, 0, 0), (1, 0, 0)])


def test_nor_does_the_writer_s_own_atomic_hide_those_of_others():
    race = the_race("count_and_set", 1, 64, ints())
    assert (race.kind, race.offset) == ("atomic-write", 0)
    assert (40, 0, 0) in race.threads


def test_a_write_meets_the_first_and_the_last_lane_of_each_warp_that_reads():
    race = the_race("read_by_all", 1, 128, ints(), ints(128))
    assert (race.kind, race.count) == ("read-write", 7)


def test_of_reads_by_two_warps_one_is_in_no_order_with_any_write():
    race = the_race("read_by_two_warps", 1, 64, ints(), ints())
    assert (race.kind, sorted(race.threads)) == ("read-write", [(5, 0, 0), (32, 0, 0)])
    assert not races("read_by_two_warps", 1, 32, ints(), ints())


@pytest.mark.parametrize("grid", [1, 4])
def test_bytes_of_a_word_are_no_race(grid):
    assert not races("own_byte", grid, 63, bytes_())  # 63: words that two blocks share
    assert not races("bytes_of_two_blocks", grid, 64, bytes_())


def test_one_byte_written_twice_though_others_of_its_word_were_written_between():
    race = the_race("pair_of_bytes", 1, 64, bytes_())
    assert (race.kind, race.offset, race.count) == ("write-write", 3, 1)
    assert sorted(race.threads) == [(0, 0, 0), (3, 0, 0)]


def test_halves_of_words():
    race = the_race("halves", 1, 128, np.zeros(64, np.uint16))
    assert (race.kind, race.count) == ("write-write", 64)  # threads 2 k and 2 k + 1, and no others


def test_a_byte_and_the_word_that_it_is_in():
    race = the_race("byte_and_word", 1, 64, bytes_(), np.zeros(64, np.uint32))
    assert (race.kind, race.count) == ("read-write", 32)
    race = the_race("word_and_byte", 1, 64, bytes_())
    assert (race.kind, race.count) == ("write-write", 32)


@pytest.mark.parametrize("which", [0, 1])
def test_a_byte_of_one_block_and_a_word_of_another(which):
    race = the_race("byte_and_words_of_blocks", 2, 64, bytes_(), which)
    assert (race.kind, race.count, sorted(race.blocks)) == ("write-write", 64, [(0, 0, 0), (1, 0, 0)])
    assert race.offset % 4 == 2
    assert {race.line, race.other_line} == {line_of("which) b"), line_of("else ((unsigned*)b)")}


def test_words_of_two_blocks_meet_once_though_a_third_asks_for_a_byte():
    race = the_race("byte_and_words_of_blocks", 3, 64, bytes_(), 2)
    assert (race.kind, race.count, sorted(race.blocks)) == ("write-write", 64, [(0, 0, 0), (1, 0, 0)])


def test_bytes_in_shared_memory():
    (race,) = races("in_shared", 1, 64, np.zeros(64, np.float32))
    assert (race.array, race.kind, race.count) == ("s", "write-write", 32)


def test_an_access_of_many_words_is_one_race():
    assert the_race("wide", 1, 64, np.zeros(256, np.float32)).count == 32


def test_nothing_is_forgotten_between_two_barriers():
    race = the_race("many", 1, 64, ints(64 * 1000), 1000)
    assert (race.line, race.other_line, race.count) == (
        line_of("y[i * blockDim.x + threadIdx.x] = 1"),
        line_of("y[0] = 2"),
        1,
    )
    assert sorted(race.threads) == [(0, 0, 0), (63, 0, 0)]


def test_places_that_lie_far_apart():
    assert not races("far_apart", 1, 64, ints(64 * 40 * 4096), 40)


def test_thousands_of_barriers():
    assert not races("barriers", 1, 64, ints())


def test_however_many_cores_run_blocks_the_same_is_told():
    def told(workers):
        return [
            repr(races("all_kinds", 50, 96, ints(), ints(), workers=workers)) for _ in range(3 if workers > 1 else 1)
        ]

    assert len({*told(1), *told(2), *told(5)}) == 1
    assert {race.kind for race in races("all_kinds", 50, 96, ints(), ints())} == {
        "write-write", "read-write", "atomic-write", "atomic-read",
    }  # fmt: skip
