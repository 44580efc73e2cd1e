"""FLOPs, counted by numbers that count: exact where the sum is known, None where nobody knows."""

from __future__ import annotations

import importlib.util
import sys
from math import prod

import numpy as np
import pytest

from alicuda import emulator, kernel_source, ladders
from alicuda.backends.cuda import Cuda
from alicuda.backends.cuda.builds import BUILDS
from alicuda.backends.cuda.on_emulator import Emulator
from alicuda.errors import InputError
from alicuda.philox import Draw
from alicuda.xray import flops

pytestmark = pytest.mark.skipif(emulator.missing() is not None, reason=str(emulator.missing()))

THREADS = 128
# What one thread does, and how many FLOPs that is.
ONE_THREAD = {
    "fused": ("y[i] = fmaf(x[i], 2.0f, 1.0f) + fma(x[i], 1, 0.5f);", 5),
    "written_out": ("y[i] += 2.0f * x[i];", 2),
    "sign": ("y[i] = -x[i] * 2.0f;", 1),
    "functions": ("y[i] = expf(x[i]) + pow(x[i], 2) + rsqrtf(x[i]) + powf(x[i], 2.0f) + sqrtf(i);", 9),
    "two_in_one": ("float s, c; sincosf(x[i], &s, &c); y[i] = s + c;", 3),
    "choosing": ("y[i] = fmaxf(x[i], 0) + max(x[i], 0.0f) + min(1.0f, x[i]) + fabsf(x[i]);", 3),
    "rounding": ("y[i] = floorf(x[i]) + (int)(x[i] + 1.5f) + __float2int_rn(x[i]);", 3),
    "comparing": ("y[i] = x[i] > 0 && !(x[i] == 3.0f) && x[i] ? x[i] - 1 : 0;", 1),
    "choice": ("y[i] = (i < 100 ? x[i] : 0) + (i < 100 ? x[i] : 0.0f) + (i < 100 ? 1.0f : 0);", 2),
    "whole_number": ("y[i] = i * 0.5f + 1.0f / (i + 1) + i % 7 / 255.0f;", 5),  # but not %, which is of ints
    "literals": ("const float third = 1.0f / 3.0f; y[i] = x[i] * (2.0f * -third + 1e-3f);", 3),
    "compiled": ("constexpr float k = 2 * 1.5f; y[i] = x[i] * k;", 1),
    "wider": ("double w = x[i]; w = w * w; y[i] = w * 2.0 + 1;", 3),
    "no_wider": ("y[i] = sqrt(x[i]) - sqrtf(x[i]);", 3),
    "casts": ("y[i] = (float)i / 64 + static_cast<float>(i) + float(i) + __int2float_rn(i) * 0.5f;", 5),
    "bits": ("y[i] = __int_as_float(__float_as_int(x[i])) * 2.0f;", 1),
    "counter": ("float s = 0; for (float f = 0; f < 3; f++) s += f; y[i] = s;", 6),
    "vector": ("float4 v = make_float4(x[i], 0, 0, 1); v.x *= 2; float2 w = {1.0f, x[i]}; y[i] = v.x + w.y;", 2),
    "array": ("float r[8] = {}; for (int k = 0; k < 8; ++k) r[k] += x[i]; y[i] = r[7];", 8),
    "shared": ("__shared__ float s[128]; s[i] = x[i]; __syncthreads(); y[i] = s[127 - i] + 1;", 1),
    "forgetful": ("__shared__ volatile float s[128]; s[i] = x[i]; s[i] += s[i] * s[i]; y[i] = s[i];", 2),
    "shuffled": ("float s = x[i]; s += __shfl_down_sync(0xffffffffu, s, 1); y[i] = s;", 1),
    "atomic": ("atomicAdd(&y[0], 1.0f); atomicAdd(&y[1], x[i]); atomicExch(&y[2], 1.0f);", 2),
    "intrinsics": ("y[i] = __fdividef(x[i], 2.0f) + __expf(x[i]) + __fmul_rn(x[i], x[i]) + __fmaf_rn(i, i, i);", 8),
    "said": ('if (i < 0) printf("%f 1.5", x[i]); y[i] = /* 1.5 */ 2.5f;  // 1.5', 0),
    "generic": ("auto add = [](auto a, auto b) { return a + b; }; y[i] = add(x[i], x[i]) + __ldg(x + i);", 2),
    "by_value": ("y[i] = a + (float)d * n + b;", 3),
    "sizes": ("static_assert(sizeof(float4) == 16 && alignof(float4) == 16 && sizeof(float) == 4); y[i] = x[i];", 0),
}


def table():
    parameters = "const float* x, float* y, int n, float a, double d, float b"
    start = "int i = blockIdx.x * blockDim.x + threadIdx.x;"
    kernels = (
        f'extern "C" __global__ void {name}({parameters}) {{ {start}\n{body}\n}}'
        for name, (body, _) in ONE_THREAD.items()
    )
    return kernel_source.load("\n".join(kernels))


def arguments():
    x = np.random.default_rng(0).uniform(0.5, 2, THREADS).astype(np.float32)
    return [x, np.ones(THREADS, np.float32), 3, 0.25, 7.0, 100.0]


@pytest.mark.parametrize("name", ONE_THREAD)
def test_what_counts(name):
    assert flops.count(table(), name, 1, THREADS, arguments()) == ONE_THREAD[name][1] * THREADS


@pytest.mark.parametrize("name", ONE_THREAD)
def test_the_numbers_are_the_same(name):
    results = []
    for build in ("fast", "counting"):
        args = arguments()
        emulator.compile(table(), build).kernel(name)[1, THREADS](*args)
        results.append(args[1])
    assert np.isfinite(results[0]).all()
    np.testing.assert_allclose(results[1], results[0], rtol=1e-6)  # the fast build may fuse


@pytest.mark.full
@pytest.mark.skipif(importlib.util.find_spec("ziglang") is None, reason="the ziglang package is not installed")
def test_what_counts_with_zig(monkeypatch):
    monkeypatch.setenv("CXX", f"{sys.executable} -m ziglang c++")
    counts = {name: flops.count(table(), name, 1, THREADS, arguments()) for name in ONE_THREAD}
    assert counts == {name: count * THREADS for name, (_, count) in ONE_THREAD.items()}


SAXPY = """extern "C" __global__ void saxpy(float a, const float* x, float* y, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) y[i] += a * x[i];
}"""


def saxpy(n=1003, **options):
    x, y = np.ones(n, np.float32), np.ones(n, np.float32)
    found = flops.count(kernel_source.load(SAXPY), "saxpy", -(-n // 64), 64, (2.0, x, y, n), **options)
    assert (y == 1).all(), "the arrays are the caller's"
    return found


def test_a_launch_and_some_of_its_blocks():
    assert [saxpy(), saxpy()] == [2 * 1003] * 2
    assert saxpy(blocks=[0, 3, 15]) == 2 * (64 + 64 + 1003 - 15 * 64)


def test_a_launch_counts_from_zero():
    kernel = emulator.compile(kernel_source.load(SAXPY), "counting").kernel("saxpy")
    args = (2.0, np.ones(64, np.float32), np.ones(64, np.float32), 64)
    kernel[1, 64](*args)
    assert kernel.flops(1, 64, args, 0) == 2 * 64


@pytest.mark.parametrize(
    "body",
    ["int k = x[0]; x[1] = k;", "x[0] += 1; __trap();", "x[0] += 1; x[1ll << 40] = 0;", "auto s = 0.0f; s += x[0];"],
)
def test_unknown_is_none_and_not_zero(body):
    source = kernel_source.load(f'extern "C" __global__ void k(float* x) {{ {body} }}')
    assert flops.count(source, "k", 1, 1, [np.ones(4, np.float32)]) is None


def test_views_of_one_memory_stay_views_of_one_memory():
    source = kernel_source.load(
        'extern "C" __global__ void k(float* x, float* y) { x[2] = 7; if (y[1] == 7) y[0] += 1; }'
    )
    x = np.ones(4, np.float32)
    assert flops.count(source, "k", 1, 1, [x, x[1:]]) == 1
    assert flops.count(source, "k", 1, 1, [x, x[1:].copy()]) == 0


def test_a_step_beyond_an_array_hurts_nobody():
    source = kernel_source.load(
        'extern "C" __global__ void k(float* x, float* y) { x[(int)threadIdx.x * 64 - 8192] = 7; y[0] += x[0]; }'
    )
    assert flops.count(source, "k", 1, 256, [np.ones(4, np.float32), np.ones(4, np.float32)]) == 256


def test_bad_arguments():
    source = kernel_source.load(SAXPY)
    with pytest.raises(InputError, match="takes 4 arguments, not 1"):
        flops.count(source, "saxpy", 1, 1, [2.0])
    with pytest.raises(InputError, match="saxpi"):
        flops.count(source, "saxpi", 1, 1, [2.0])


@pytest.mark.parametrize("name", ["matmul", "transpose"])
def test_ladders(name):
    ladder = ladders.get(name)
    size = (128, 128, 128)[: len(ladder.table_size)]
    problem = ladder.problem(size)
    for step in ladder.steps:
        arrays = step.arrays(problem)
        for launch in step.launches(size):
            found = flops.count(step.source(size), launch.kernel, launch.grid, launch.block, launch.arguments(arrays))
            assert found == problem.flops, step.name


def test_a_tile_that_hangs_over_the_edge_counts_whole():
    ladder = ladders.get("matmul")
    size = (33, 36, 40)
    padded = {"01_naive": (33, 36, 40), "03_shared_tile": (64, 64, 64), "04_register_tile_1d": (64, 64, 40)}
    problem = ladder.problem(size)
    for step in ladder.steps:
        if step.name in padded:
            (launch,) = step.launches(size)
            args = launch.arguments(step.arrays(problem))
            found = flops.count(step.source(size), launch.kernel, launch.grid, launch.block, args)
            assert found == 2 * prod(padded[step.name]), step.name


class Counting(Emulator):
    """The emulator; each launch is counted: (kernel, threads, FLOPs)."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def launch(self, file, kernel, grid, block, args, defines=None):
        source = kernel_source.load(self.kernels / file, dict(defines or {}))
        threads = int(np.prod(grid) * np.prod(block))
        tile = defines["BM"] * defines["BN"] * int(np.prod(grid[:2])) if "BM" in (defines or {}) else 0
        self.seen.append((kernel, tile or threads, flops.count(source, kernel, grid, block, args)))


def one(n):
    return np.ones(n, np.float32)


def adam(b):
    return b.adam(
        *(one(2001) for _ in range(4)), b.full((1,), 3, np.int64), b.full((1,), 1, np.int64), 1e-4, 0.5, 0.9, 1e-8
    )


def gaussian_sample(b):
    return b.gaussian_sample(one(2001), one(2001), Draw(1, 2, b.full((1,), 3, np.int64)), None)


# FLOPs a thread, each of which has four elements, or an element of the tiles; the last threads compute with zeros.
OURS = {
    "add": (lambda b: b.add(one(2001), one(2001)), 4),
    "sigmoid_grad": (lambda b: b.sigmoid_grad(one(2001), one(2001)), 4 * 3),
    # two to make each uniform, and of each pair of them a root, a logarithm, a sine, a cosine and four products
    "normal": (lambda b: b.normal((2001,), Draw(1, 2, b.full((1,), 3, np.int64)), np.float32), 4 * 2 + 2 * 8),
    "gaussian_sample": (gaussian_sample, 24 + 4 * 3),
    "adam": (adam, 7 + 4 * 12),
    "maxout": (lambda b: b.maxout(np.ones((10, 64), np.float32), 2), 0),
    "conv2d": (lambda b: b.conv2d(np.ones((2, 9, 9, 16), np.float32), np.ones((3, 3, 16, 12), np.float32), 1), 2 * 144),
}


@pytest.mark.parametrize("kernel", OURS)
def test_production_kernels(kernel):
    run, each = OURS[kernel]
    device = Counting()
    run(Cuda(device))
    found = [(count, each * units) for name, units, count in device.seen if name == kernel]
    assert found and all(count == expected for count, expected in found), device.seen


# 10 rows of 16 channels, to a block of 4 x 2 threads with four channels each. A merge of four channels is 3 + 4 * 7.
BATCH_NORM = {
    "batch_norm_moments": ((one(160), one(16), one(16)), 8 * 5 * (4 + 31) + 4 * 31),
    "batch_norm": ((one(160), one(16), one(16), one(16), one(16), one(160)), 8 * 4 + 160 * 3),
    "batch_norm_sums": ((one(160), one(160), one(16), one(16), one(32)), 160 * 4 + 8 * 4 + 4 * 8),
}


@pytest.mark.parametrize("kernel", BATCH_NORM)
def test_batch_norm(kernel):
    arrays, expected = BATCH_NORM[kernel]
    source = kernel_source.load("batch_norm.cu", {"VECTOR": 4})
    assert flops.count(source, kernel, 1, (4, 2), [*arrays, 10, 16, 10]) == expected


@pytest.mark.full
def test_every_kernel_and_step_can_be_counted(compiler):
    sources = [kernel_source.load(file, defines) for file, rows in BUILDS.items() for defines in rows]
    for ladder in map(ladders.get, ladders.NAMES):
        sources += [step.source(ladder.table_size) for step in ladder.steps]
    for source in sources:
        emulator.compile(source, "counting")
