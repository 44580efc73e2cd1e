"""What is said of a hazard: which array, counted as the kernel counts, and what a launch did not give."""

import functools
import os

import numpy as np
import pytest

from alicuda import emulator, xray
from alicuda.errors import InputError
from alicuda.xray.as_json import as_json
from alicuda.xray.text import as_text, hazard_lines
from tests.available import checked_build_missing

pytestmark = pytest.mark.skipif(checked_build_missing() is not None, reason=str(checked_build_missing()))

SOURCE = r"""
#include "meets.cuh"
__device__ float4 buffer[4];
extern "C" __global__ void dynamic(float* y) {
    extern __shared__ float d[];
    y[0] = d[3];
}
extern "C" __global__ void before_shared(float* y, int k) {
    __shared__ float a[32];
    float* p = a;
    p[k] = 2;
    y[0] = 1;
}
extern "C" __global__ void own(float* y, int k) {
    float a[4] = {1, 2, 3, 4};
    y[0] = a[k];
}
extern "C" __global__ void far(float* y, unsigned k) { y[k - 1] = 1; }
extern "C" __global__ void variable(float* y, int k) { y[0] = buffer[k].x; }
extern "C" __global__ void wide(float4* y, int k) { y[k].z = 1; }
extern "C" __global__ void one(float* y) { y[0] = 1; }
extern "C" __global__ void meets_elsewhere(float* y) {
    if (threadIdx.x < 7) meet();
    else __syncthreads();
}
"""


@pytest.fixture(autouse=True)
def with_each(compiler):
    """Every test here, with each compiler."""


@functools.lru_cache
def compiled(_compiler, folder):
    (folder / "meets.cuh").write_text("__device__ void meet() {\n    __syncthreads();\n}\n", encoding="utf-8")
    (folder / "k.cu").write_text(SOURCE, encoding="utf-8")
    return emulator.compile(folder / "k.cu")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("words")


@pytest.fixture
def profile(folder):
    def profiled(kernel, *args, threads=1, **options):
        program = compiled(os.environ.get("CXX"), folder)
        return xray.profile(program.kernel(kernel), 1, threads, args, card=None, **options)

    return profiled


def y(count=64):
    return np.zeros(count, np.float32)


@pytest.mark.parametrize(("kernel", "args", "said"), [
    ("dynamic", [y()],
     "load of d[3], extern __shared__, to which this launch gives no bytes (--shared BYTES, in Python shared=BYTES): "),
    ("before_shared", [y(), -3], "store of a[-3], outside of it: "),
    ("before_shared", [y(), 40], "store of a[40], outside of it: "),
    ("own", [y(), 5], "index 5 outside of an array of the thread's own: "),
    ("far", [y(), 0], "store far from any array (did an unsigned index go below 0?): "),
    ("variable", [y(), 1000], "load of buffer[1000], outside of it: "),
    ("wide", [y(), 16], "store of y[16], outside of it: "),
    ("one", [y(0)], "store of y[0], an array without elements: "),
])  # fmt: skip
def test_the_array_is_named(profile, folder, kernel, args, said):
    head, line = hazard_lines(profile(kernel, *args))
    assert head == "Hazards: 1."
    place = f"{folder / 'k.cu'}:"
    assert line.startswith(place) and line.removeprefix(place).split(": ", 1)[1].startswith(said), line


def test_dynamic_shared_memory_that_is_too_small(profile):
    assert "load of d[3], outside of it" in hazard_lines(profile("dynamic", y(), shared=12))[1]
    report = profile("dynamic", y(), shared=16)
    assert not report.out_of_bounds and report.uninitialised[0].array == "d"


def test_space_and_size_are_told(profile):
    spaces = {
        "dynamic": ("shared", 0), "before_shared": ("shared", 32), "own": ("local", None), "far": ("global", None),
        "variable": ("global", 4), "wide": ("global", 16),
    }  # fmt: skip
    indices = {"dynamic": [], "far": [0], "before_shared": [-9], "own": [5]}
    for kernel, (space, size) in spaces.items():
        (bad,) = as_json(profile(kernel, y(), *indices.get(kernel, [1000])))["out_of_bounds"]
        assert (bad["space"], bad["size"]) == (space, size), kernel


def test_a_barrier_in_a_header(profile, folder):
    report = profile("meets_elsewhere", y(), threads=32)
    (met,) = report.divergent_barriers
    places = {met.file: met.lines[0], met.other_file: met.lines[1]}
    line = SOURCE.split("\n").index("    else __syncthreads();") + 1
    assert places == {str(folder / "k.cu"): line, str(folder / "meets.cuh"): 2}
    assert met.threads == ((7, 0, 0), (0, 0, 0))
    (line,) = hazard_lines(report)[1:]
    assert line.endswith(f"waits here while thread (0,0,0) waits at {folder / 'meets.cuh'}:2; once")


def test_one_sector_is_no_sectors(profile):
    text = as_text(profile("one", y()))
    assert "1 sector a request;" in text and "1 sector a request (at best 1)" in text


@pytest.mark.parametrize(("options", "said"), [
    ({"trace": 5}, r"trace is a block and a warp .* not 5\.$"), ({"trace": (0,)}, "trace is a block"),
    ({"trace": ("a", 0)}, "trace is a block"), ({"trace": (0.5, 0)}, "trace is a block"), ({"trace": "00"}, "trace is"),
    ({"trace": (0, 0, 0)}, "trace is a block"), ({"args": None}, r"in a list or a tuple, .* not NoneType\.$"),
    ({"args": y()}, "in a list or a tuple"), ({"args": "ab"}, "in a list or a tuple"),
    ({"kernel": "one"}, r"takes a kernel, .* not 'one'\.$"), ({"sample_blocks": True}, "sample_blocks"),
    ({"card": 3}, "no figures of a card 3"), ({"shared": 1.5}, "shared"),
])  # fmt: skip
def test_what_python_is_given_wrongly_is_one_sentence(folder, options, said):
    kernel = compiled(os.environ.get("CXX"), folder).kernel("one")
    with pytest.raises(InputError, match=said) as error:
        xray.profile(**{"kernel": kernel, "grid": 1, "block": 32, "args": (y(),)} | options)
    assert "\n" not in str(error.value)


def test_numbers_of_numpy_are_numbers(folder):
    kernel = compiled(os.environ.get("CXX"), folder).kernel("one")
    one = np.int64(1)
    report = xray.profile(kernel, one, np.int64(32), (y(),), sample_blocks=one, trace=(one - 1, one - 1))
    assert report.trace


LAST_BLOCK = """
__device__ int done;
extern "C" __global__ void sum(int* parts, int* y) {
    parts[blockIdx.x] = blockIdx.x + 1;
    __threadfence();
    if (atomicAdd(&done, 1) < gridDim.x - 1) return;
    int total = 0;
    for (int i = 0; i < gridDim.x; ++i) total += parts[i];
    y[0] = total;
}
"""


def test_a_race_between_blocks_is_told_with_reserve_where_there_is_a_fence():
    for source, reserved in ((LAST_BLOCK, True), (LAST_BLOCK.replace("__threadfence();", ""), False)):
        y = np.zeros(1, np.int32)
        report = xray.profile(emulator.compile(source).kernel("sum"), 4, 1, (np.zeros(4, np.int32), y), card=None)
        assert y[0] == 10 and report.races[0].blocks[0] != report.races[0].blocks[1]
        assert ("no order between blocks" in hazard_lines(report)[-1]) == reserved
