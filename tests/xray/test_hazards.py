"""Each hazard is named with its line, its threads and its place; what only looks like one is not."""

import functools
import os

import numpy as np
import pytest

from alicuda import emulator, xray
from alicuda.emulator import KernelError
from alicuda.errors import InputError
from alicuda.xray import native
from tests.available import checked_build_missing

pytestmark = pytest.mark.skipif(checked_build_missing() is not None, reason=str(checked_build_missing()))

SOURCE = r"""
extern "C" __global__ void no_barrier(float* y) {
    __shared__ float s[64];
    s[threadIdx.x] = 1;
    y[threadIdx.x] = s[63 - threadIdx.x];
}
extern "C" __global__ void with_barrier(float* y) {
    __shared__ float s[64];
    s[threadIdx.x] = 1;
    __syncthreads();
    y[threadIdx.x] = s[63 - threadIdx.x];
}
extern "C" __global__ void barrier_too_late(float* y) {
    __shared__ float s[64];
    for (int k = 0; k < 2; ++k) {
        s[threadIdx.x] = k;
        __syncthreads();
        y[threadIdx.x] = s[63 - threadIdx.x];
    }
}
extern "C" __global__ void in_a_warp(float* y, int synchronised) {
    __shared__ float s[32];
    s[threadIdx.x] = 1;
    if (synchronised) __syncwarp();
    y[threadIdx.x] = s[31 - threadIdx.x];
}
extern "C" __global__ void half_a_warp(float* y) {
    __shared__ float s[32];
    s[threadIdx.x] = 1;
    if (threadIdx.x < 16) __syncwarp(0xffffu);
    y[threadIdx.x] = s[31 - threadIdx.x];
}
extern "C" __global__ void shuffled(float* y) {
    __shared__ float s[32];
    s[threadIdx.x] = __shfl_sync(~0u, 1.0f, 3);
    float a = __shfl_sync(~0u, 2.0f, 5);
    y[threadIdx.x] = s[31 - threadIdx.x] + a;
}
extern "C" __global__ void across_blocks(float* y) {
    y[threadIdx.x] += 1;
}
extern "C" __global__ void all_in_one(float* y) {
    y[0] = threadIdx.x;
}
extern "C" __global__ void counted(int* c) {
    atomicAdd(c, 1);
}
extern "C" __global__ void counted_and_read(int* c, int* d) {
    atomicAdd(c, 1);
    d[threadIdx.x] = c[0];
}
extern "C" __global__ void neighbours(unsigned char* b) {
    b[threadIdx.x] = 1;
}
extern "C" __global__ void reads(float* y, float* x) {
    y[blockIdx.x * 32 + threadIdx.x] = x[threadIdx.x];
}
extern "C" __global__ void too_far(float* y, const float* x, int n) {
    int t = threadIdx.x;
    float a = x[t + 4];
    y[t] = a;
}
extern "C" __global__ void too_far_in_shared(float* y) {
    __shared__ float s[4][8];
    s[threadIdx.x / 8][threadIdx.x % 8] = 1;
    __syncthreads();
    y[threadIdx.x] = s[threadIdx.x / 8][threadIdx.x % 8 + 1];
}
extern "C" __global__ void unwritten(float* y, float* x) {
    __shared__ float s[32];
    if (threadIdx.x > 3) s[threadIdx.x] = 1;
    __syncthreads();
    y[threadIdx.x] = s[threadIdx.x] + x[threadIdx.x];
}
extern "C" __global__ void divergent(float* y) {
    if (threadIdx.x < 40)
        __syncthreads();
    else
        __syncthreads();
    y[threadIdx.x] = 1;
}
extern "C" __global__ void endless(float* y) {
    while (y[0] == 0) {}
}
__device__ int ticket;
extern "C" __global__ void variable(int* c) {
    c[threadIdx.x] = ticket++;
}
"""
LINES = SOURCE.split("\n")


@pytest.fixture(autouse=True)
def with_each(compiler):
    """Every test here, with each compiler."""


@functools.lru_cache
def compiled(_compiler):
    return emulator.compile(SOURCE)


def program():
    return compiled(os.environ.get("CXX"))


def seen(kernel, grid, block, *args):
    return xray.profile(program().kernel(kernel), grid, block, args, card=None)


def line_of(kernel, text):
    start = next(i for i, line in enumerate(LINES) if f" {kernel}(" in line)
    return next(i for i in range(start, len(LINES)) if text in LINES[i]) + 1


def y(count=64, dtype=np.float32):
    return np.zeros(count, dtype)


def the_race(report):
    (race,) = report.races
    assert not report.out_of_bounds + report.divergent_barriers  # what was read too early may be unwritten as well
    return race


def test_a_read_without_a_barrier():
    race = the_race(seen("no_barrier", 1, 64, y()))
    assert (race.line, race.other_line) == (line_of("no_barrier", "] = 1"), line_of("no_barrier", "63 -"))
    assert (race.array, race.kind, race.blocks) == ("s", "read-write", ((0, 0, 0), (0, 0, 0)))
    (writer, _, _), (reader, _, _) = race.threads
    assert race.offset == writer == 63 - reader


def test_a_barrier_orders_a_block():
    assert not [race for race in seen("with_barrier", 3, 64, y()).races if race.array == "s"]  # of y's there is one
    assert seen("with_barrier", 1, 64, y()).hazards == 0


def test_a_write_after_a_read_without_a_barrier():
    race = the_race(seen("barrier_too_late", 1, 64, y()))
    assert {race.line, race.other_line} == {line_of("barrier_too_late", "] = k"), line_of("barrier_too_late", "63 -")}


def test_syncwarp_orders_a_warp_and_only_the_lanes_that_meet():
    assert seen("in_a_warp", 1, 32, y(), 1).hazards == 0
    race = the_race(seen("in_a_warp", 1, 32, y(), 0))
    assert (race.line, race.other_line) == (line_of("in_a_warp", "] = 1"), line_of("in_a_warp", "31 -"))
    race = the_race(seen("half_a_warp", 1, 32, y()))
    assert (race.line, race.other_line) == (line_of("half_a_warp", "] = 1"), line_of("half_a_warp", "31 -"))


def test_a_shuffle_orders_no_memory():
    race = the_race(seen("shuffled", 1, 32, y()))
    assert (race.line, race.other_line) == (line_of("shuffled", "3);"), line_of("shuffled", "31 -"))


def test_blocks_are_in_no_order():
    assert seen("across_blocks", 1, 64, y()).hazards == 0
    races = seen("across_blocks", 2, 64, y()).races
    assert {race.kind for race in races} <= {"read-write", "write-write"}
    assert races
    for race in races:
        assert race.line == race.other_line == line_of("across_blocks", "+= 1")
        assert sorted(race.blocks) == [(0, 0, 0), (1, 0, 0)]
        assert race.threads[0] == race.threads[1] == (race.offset, 0, 0)


def test_all_threads_write_one_element():
    race = the_race(seen("all_in_one", 1, 32, y()))
    assert (race.kind, race.offset, race.line) == ("write-write", 0, line_of("all_in_one", "y[0]"))


def test_atomics_race_only_against_plain_accesses():
    assert seen("counted", 5, 64, y(1, np.int32)).hazards == 0
    race = the_race(seen("counted_and_read", 1, 64, y(1, np.int32), y(64, np.int32)))
    assert (race.kind, race.array) == ("atomic-read", "c")


def test_neighbouring_bytes_and_common_reads_are_no_race():
    assert seen("neighbours", 1, 64, y(64, np.uint8)).hazards == 0
    assert seen("reads", 4, 32, y(128), y(32)).hazards == 0


def test_a_variable_of_the_source_has_its_name():
    races = seen("variable", 1, 64, y(64, np.int32)).races
    assert {race.array for race in races} == {"ticket"}


def test_out_of_bounds_names_the_element_and_stops_that_thread_only():
    out = y(64)
    report = seen("too_far", 1, 64, out, np.ones(64, np.float32), 64)
    (bad,) = report.out_of_bounds
    assert report.hazards == 1
    assert (bad.line, bad.op, bad.array, bad.offset) == (line_of("too_far", "x[t + 4]"), "load", "x", 64)
    assert (bad.thread, bad.block, bad.count) == ((60, 0, 0), (0, 0, 0), 4)
    assert out.tolist() == [1] * 60 + [0] * 4


def test_an_index_beyond_a_row_of_a_shared_array():
    (bad,) = seen("too_far_in_shared", 1, 32, y()).out_of_bounds
    assert (bad.line, bad.array, bad.count) == (line_of("too_far_in_shared", "+ 1"), "s", 4)


def test_memory_that_nobody_wrote():
    report = seen("unwritten", 1, 32, y(), emulator.empty(32))
    found = {(bad.array, bad.line, bad.offset, bad.count) for bad in report.uninitialised}
    line = line_of("unwritten", "x[threadIdx.x]")
    assert found == {("s", line, 0, 4), ("x", line, 0, 32)}
    assert not report.races


def test_barriers_of_different_lines():
    report = seen("divergent", 3, 64, y())
    (met,) = report.divergent_barriers
    first = line_of("divergent", "__syncthreads")
    assert met.lines == (first, first + 2)
    assert met.threads == ((0, 0, 0), (40, 0, 0))
    assert (met.block, met.count) == ((0, 0, 0), 3)


def test_an_endless_loop_ends(monkeypatch):
    monkeypatch.setattr("alicuda.emulator.program.STEP_LIMIT", 100_000)
    with pytest.raises(KernelError, match="does not end") as caught:
        xray.profile(emulator.compile(SOURCE).kernel("endless"), 1, 32, (y(),))
    assert caught.value.line == line_of("endless", "while")


def test_too_large_a_grid_is_refused_with_a_way_out(monkeypatch):
    monkeypatch.setattr("alicuda.xray.profiling.PATIENCE_S", 0.1)
    monkeypatch.setattr("alicuda.xray.profiling.LOOK_AFTER_S", 0.0)
    with pytest.raises(InputError, match=r"64,000,000 threads would take .* --sample-blocks"):
        seen("counted", 1_000_000, 64, y(1, np.int32))


def test_a_sample_runs_the_first_the_last_and_some_others():
    report = xray.profile(program().kernel("counted"), 1000, 64, (y(1, np.int32),), sample_blocks=10)
    assert (report.totals["blocks"], report.totals["blocks_profiled"]) == (1000, 10)
    assert report.lines[0].requests == 20
    assert xray.profile(program().kernel("counted"), 3, 64, (y(1, np.int32),), sample_blocks=7).lines[0].requests == 6


def test_where_there_is_no_room_to_count_nothing_runs(monkeypatch):
    monkeypatch.setattr(native.library(), "alicuda_xray_begin", lambda config: None)
    out = y()
    with pytest.raises(InputError, match=r"100 bytes of address space .* smaller problem"):
        seen("all_in_one", 1, 32, out)
    assert not out.any()


@pytest.mark.parametrize("sample", [0, -1, 1.5])
def test_a_sample_of_no_blocks_is_refused(sample):
    with pytest.raises(InputError, match="sample_blocks"):
        xray.profile(program().kernel("counted"), 1, 64, (y(1, np.int32),), sample_blocks=sample)


def test_a_trace_of_a_warp_that_is_not_there_is_refused():
    with pytest.raises(InputError, match="warps 0 to 1"):
        xray.profile(program().kernel("counted"), 1, 64, (y(1, np.int32),), trace=(0, 2))


def test_a_trace_tells_each_lane_s_place():
    report = xray.profile(program().kernel("with_barrier"), 2, 64, (y(),), trace=(1, 1))
    steps = [(step.what, step.array, step.offsets[:2]) for step in report.trace if step.what]
    assert steps == [
        ("store", "s", [32, 33]), ("barrier", None, [None, None]), ("load", "s", [31, 30]), ("store", "y", [32, 33]),
    ]  # fmt: skip
