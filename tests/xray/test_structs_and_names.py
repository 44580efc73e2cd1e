"""What xray makes of structs of a kernel's own, and of arrays by the function that declares them and by their shape."""

import functools
import os

import numpy as np
import pytest

from alicuda import emulator, xray
from alicuda.emulator import KernelError, debug_info
from alicuda.emulator.debug_info import indexed
from alicuda.xray.text import hazard_lines
from tests.available import checked_build_missing

pytestmark = pytest.mark.skipif(checked_build_missing() is not None, reason=str(checked_build_missing()))

SOURCE = r"""
struct Three { float a, b, c; };
struct Padded { int kind; double value; };
extern "C" __global__ void copy_three(float* y, const float* x) {
    ((Three*)y)[threadIdx.x] = ((const Three*)x)[threadIdx.x];
}
extern "C" __global__ void copy_float4(float4* y, const float4* x) {
    y[threadIdx.x] = x[threadIdx.x];
}
extern "C" __global__ void padded(double* y, double* z) {
    ((Padded*)y)[threadIdx.x].kind = 1;
    ((Padded*)y)[threadIdx.x].value = 2;
    ((Padded*)z)[threadIdx.x] = ((Padded*)y)[threadIdx.x];
}
extern "C" __global__ void last_of_three(float* y, float* z) {
    y[3 * threadIdx.x] = y[3 * threadIdx.x + 1] = 1;
    ((Three*)z)[threadIdx.x] = ((Three*)y)[threadIdx.x];
}
extern "C" __global__ void half_of_float4(float4* y, float4* z) {
    y[threadIdx.x].x = y[threadIdx.x].z = y[threadIdx.x].w = 1;
    z[threadIdx.x] = y[threadIdx.x];
}
extern "C" __global__ void one(float* y) {
    __shared__ float s[32];
    s[threadIdx.x] = 1;
    __syncthreads();
    y[threadIdx.x] = (&s[0])[threadIdx.x + 64];
}
extern "C" __global__ void other(double* y) {
    __shared__ double s[40];
    s[threadIdx.x] = 1;
    y[threadIdx.x] = s[0];
}
extern "C" __global__ void two_dimensions(float* y) {
    __shared__ float tile[4][8];
    tile[threadIdx.x / 8][threadIdx.x % 8] = 1;
    y[threadIdx.x] = tile[3 - threadIdx.x / 8][threadIdx.x % 8];
}
__device__ char before;
__device__ float table[64];
extern "C" __global__ void from_a_table(float* y) {
    before = 1;
    y[threadIdx.x] = table[threadIdx.x];
}
extern "C" __global__ void round_and_round(float* y) {
    int i = 0;
    while (y[0] == 0) {
        ++i;
    }
    y[0] = i;
}
"""
LINES = SOURCE.split("\n")


@pytest.fixture(autouse=True)
def with_each(compiler):
    """Every test here, with each compiler."""


@functools.lru_cache
def compiled(_compiler):
    return emulator.compile(SOURCE)


def seen(kernel, *args, threads=32):
    return xray.profile(compiled(os.environ.get("CXX")).kernel(kernel), 1, threads, args, card=None)


def floats(count=128):
    return np.zeros(count, np.float32)


def test_a_struct_without_alignment_moves_number_by_number():
    report = seen("copy_three", floats(), floats())
    for op in ("load", "store"):
        lines = [line for line in report.lines if line.op == op]
        assert sum(line.requests for line in lines) == 3  # one request each of a, b and c
        assert {line.bytes for line in lines} == {4}
        assert sum(line.sectors for line in lines) == 3 * 12  # each goes over all 12 sectors


def test_a_vector_moves_at_once():
    report = seen("copy_float4", floats(), floats())
    assert {(line.op, line.bytes, line.requests) for line in report.lines} == {("load", 16, 1), ("store", 16, 1)}


def test_padding_is_nobody_s_to_write():
    assert seen("padded", emulator.empty(64, np.float64), emulator.empty(64, np.float64)).hazards == 0


def test_a_member_that_nobody_wrote():
    (bad,) = seen("last_of_three", emulator.empty(96), floats(96)).uninitialised
    assert (bad.array, bad.count) == ("y", 32)


def test_a_number_of_a_vector_that_nobody_wrote():
    (bad,) = seen("half_of_float4", emulator.empty(128), floats(128)).uninitialised
    assert (bad.array, bad.count) == ("y", 32)


def test_the_shared_array_of_another_kernel_is_out_of_bounds():
    (bad,) = seen("one", floats()).out_of_bounds
    assert (bad.array, bad.offset, bad.size, bad.count) == ("s", 64, 32, 32)
    assert seen("other", np.zeros(32)).lines[0].array == "s"


def test_elements_are_counted_by_the_kernel_s_own_array():
    trace = xray.profile(compiled(os.environ.get("CXX")).kernel("other"), 1, 32, (np.zeros(32),), trace=(0, 0)).trace
    stores = [step for step in trace if step.what == "store" and step.array == "s"]
    assert stores[0].offsets == list(range(32))


def test_an_element_of_several_dimensions_has_an_index_for_each():
    report = seen("two_dimensions", floats())
    (race,) = report.races
    (told,) = [line for line in hazard_lines(report) if "race" in line]
    assert f"on tile[{race.offset // 8}][{race.offset % 8}]: " in told


@pytest.mark.parametrize(
    "shape, index, name", [((4, 8), 31, "s[3][7]"), ((4, 8), 32, "s[4][0]"), ((4, 8), -1, "s[-1][7]"),
                           ((2, 3, 5), 17, "s[1][0][2]"), ((), 9, "s[9]"), ((7,), 9, "s[9]")],
)  # fmt: skip
def test_names_of_elements(shape, index, name):
    assert indexed("s", shape, index) == name


def test_a_variable_begins_where_an_allocation_would():
    (load,) = [line for line in seen("from_a_table", floats()).lines if line.array == "table"]
    assert load.sectors == load.ideal_sectors == 4
    variables = debug_info.variables(compiled(os.environ.get("CXX")).library)
    assert {variable.offset % 256 for variable in variables if variable.name in ("before", "table")} == {0}


def test_an_endless_loop_has_a_place_though_its_steps_are_kept():
    with pytest.raises(KernelError, match="does not end") as caught:
        seen("round_and_round", floats(), threads=1)
    first = LINES.index("    while (y[0] == 0) {") + 1
    assert first <= caught.value.line <= first + 2
