"""What a kernel may not do becomes an exception that names the line, and Python goes on."""

import numpy as np
import pytest

from alicuda import emulator
from alicuda.emulator import KernelError

# name, problem, line, launch, text of the message, body of `k(const float* x, float* y, int n)`; x and y have 40 floats
CHECKED = [
    ("beyond the end", "OUT_OF_BOUNDS", 2, (2, 32), r"writes y\[40\], but y has 40 elements",
     "int i = blockIdx.x * 32 + threadIdx.x;\n y[i] = 1;"),
    ("before the beginning", "OUT_OF_BOUNDS", 1, (1, 1), r"reads x\[-1\], but x has 40 elements", "y[0] = x[-1];"),
    ("a wild index", "OUT_OF_BOUNDS", 1, (1, 1), "writes", "y[1 << 30] = 1;"),
    ("a null pointer", "OUT_OF_BOUNDS", 2, (1, 1), "reads", "const float* p = 0;\ny[0] = p[n];"),
    ("an atomic beyond the end", "OUT_OF_BOUNDS", 1, (1, 1), r"y\[40\]", "atomicAdd(&y[n], 1.0f);"),
    ("beyond a shared array, into the next", "OUT_OF_BOUNDS", 3, (1, 32), r"writes s\[32\], but s has 32 elements",
     "__shared__ float s[32]; __shared__ float r[32];\nr[threadIdx.x] = 0;\ns[threadIdx.x + 1] = 1;"),
    ("a misaligned float4", "MISALIGNED", 1, (1, 1), r"x\[1\], 16 bytes at once from a place that is no multiple of 16",
     "float4 v = *(const float4*)&x[1];\ny[0] = v.x;"),
    ("a misaligned float4 of shared memory", "MISALIGNED", 2, (1, 1), r"writes s\[2\], 16 bytes at once",
     "__shared__ float s[32];\n*(float4*)&s[2] = make_float4(1, 2, 3, 4);\ny[0] = s[3];"),
    ("shared memory that nobody wrote", "UNWRITTEN", 2, (1, 8), r"reads s\[5\], which nobody has written",
     "__shared__ float s[8]; if (threadIdx.x != 5) s[threadIdx.x] = 1; __syncthreads();\nif (threadIdx.x == 5) y[0] = s[5];"),
    ("global memory that nobody wrote", "UNWRITTEN", 1, (1, 1),
     r"reads y\[3\], which nobody has written", "y[2] = y[3];"),
    ("an index outside an array of the thread's own", "BAD_INDEX", 2, (1, 1),
     r"index 4 lies outside an array of type float ?\[4\]",
     "float own[4] = {};\nown[n / 10] = 1;\ny[0] = own[0];"),
    ("an index outside, and no access after it", "BAD_INDEX", 2, (1, 1),
     "index 40 lies outside", "y[0] = 0;\nfloat own[4]; own[n] = 1;"),
    ("an index beyond the row of a shared array", "BAD_INDEX", 1, (1, 1),
     r"index 40 lies outside an array of type float ?\[8\]",
     "__shared__ float s[8][8]; s[0][n] = 1;"),
    ("a float4 stored by a function, beyond the end", "OUT_OF_BOUNDS", 1, (1, 1), r"writes y\[40\]",
     "((float4*)y)[n / 4] = make_float4(1, 2, 3, 4);"),
    ("a float4 taken by a function, beyond the end", "OUT_OF_BOUNDS", 1, (1, 1), r"reads x\[40\]",
     "y[0] = first(((const float4*)x)[n / 4]);"),
    ("a misaligned float2", "MISALIGNED", 1, (1, 1),
     r"writes y\[3\], 8 bytes at once", "*(float2*)&y[3] = make_float2(1, 2);"),
    ("a misaligned float4 copied from place to place", "MISALIGNED", 1, (1, 1), r"writes y\[2\], 16 bytes at once",
     "*(float4*)&y[2] = *(const float4*)x;"),
    ("a misaligned float4 of dynamic shared memory", "MISALIGNED", 2, (1, 1, 64), r"writes d\[5\], 16 bytes at once",
     "extern __shared__ float d[];\n*(float4*)&d[n / 8] = make_float4(1, 2, 3, 4);"),
    ("beyond dynamic shared memory", "OUT_OF_BOUNDS", 2, (1, 1, 64), r"writes d\[16\], but d has 16 elements",
     "extern __shared__ float d[];\nd[n - 24] = 1;"),
    ("memcpy beyond the end", "OUT_OF_BOUNDS", 1, (1, 1), r"reads x\[38\]", "memcpy(y, x + 38, 16);"),
    ("an endless loop", "ENDLESS", 1, (1, 1), "more steps than the limit", "while (n == 40) y[0] = x[0];"),
    ("an endless loop without an access", "ENDLESS", 1, (1, 1), "more steps", "for (;;) {}"),
]  # fmt: skip
ANY_BUILD = [
    ("text that is none", "SEGMENTATION", None, (1, 1), "touches address 0x8", 'printf("%s", (const char*)8);'),
    ("barriers at different lines", "DIVERGENT_BARRIER", None, (1, 64), r"waits at the barrier of .*:[23]",
     "if (threadIdx.x < 32)\n__syncthreads();\nelse __syncthreads();"),
    ("a lane that does not come", "DIVERGENT_WARP", 1, (1, 32),
     r"__shfl_xor_sync with mask 0xffffffff for thread \(\d+",
     "if (threadIdx.x != 7) y[0] = __shfl_xor_sync(0xffffffffu, x[0], 1);\n__syncthreads();"),
    ("lanes with different masks", "DIVERGENT_WARP", 1, (1, 32), "with another mask",
     "unsigned all = __ballot_sync(threadIdx.x < 16 ? 0xffffffffu : 0xffff0001u, 1);\ny[0] = all;"),
    ("a lane that has left", "BAD_LANE", 2, (1, 32), "lane 5, which has returned already",
     "if (threadIdx.x == 5) return;\ny[0] = __shfl_sync(0xffffffffu, x[0], 5);"),
    ("a lane outside the mask", "BAD_LANE", 1, (1, 32), "lane 9, which is not named in the mask",
     "if (threadIdx.x < 8) y[0] = __shfl_sync(0xffu, x[0], 9);"),
    ("a lane that does not exist", "BAD_LANE", 1, (1, 20), "lane 20, which does not exist",
     "y[0] = __shfl_down_sync(0xffffffffu, x[0], 1);"),
    ("a caller that its mask does not name", "BAD_LANE", 1, (1, 32), "not named in its own mask",
     "y[0] = __ballot_sync(0x1u, 1);"),
    ("a width that is no power of two", "BAD_LANE", 1, (1, 32),
     "no power of two", "y[0] = __shfl_sync(~0u, x[0], 0, 12);"),
    ("an assertion", "ASSERTION", 2, (1, 1), "assertion failed: n > 50", "y[0] = 1;\nassert(n > 50);"),
    ("a trap", "ASSERTION", 1, (1, 1), "__trap", "__trap();"),
    ("division by zero", "ARITHMETIC", None, (1, 1), "divides an integer by zero", "y[0] = 7 / (n - 40);"),
    ("endless recursion", "STACK", None, (1, 1), "stack is exhausted", "y[0] = deeper(n, y);"),
    ("a local array that is too large", "STACK", None, (1, 1), "stack is exhausted",
     "volatile float own[200000]; own[n] = 1; own[199999] = 2; y[0] = own[n];"),
    ("a wild address", "SEGMENTATION|OUT_OF_BOUNDS", None, (1, 1), "address", "*(volatile float*)8 = 1;"),
]  # fmt: skip
HEAD = (
    "__device__ int deeper(int n, volatile float* y) { volatile int own[8]; own[n % 8] = n; "
    "return deeper(n + 1, y) + own[n % 8]; }\n"
    "__device__ float first(float4 v) { return v.x; }\n"
)


def compile_body(body, build, **options):
    text = f'{HEAD}extern "C" __global__ void k(const float* x, float* y, int n) {{\n#line 1\n{body}\n}}'
    return emulator.compile(text, build=build, **options).kernel("k")


def expect(case, build, **options):
    _, problem, line, launch, message, body = case
    x, y = np.ones(40, np.float32), emulator.empty(40)
    with pytest.raises(KernelError, match=message) as caught:
        compile_body(body, build, **options)[launch](x, y, 40)
    error = caught.value
    assert error.problem in problem.split("|") and error.kernel == "k"
    if line is not None:
        assert error.line == line
    assert len(error.block) == len(error.thread) == 3
    return error


@pytest.mark.parametrize("case", CHECKED, ids=lambda case: case[0])
def test_checked_build_names_the_line(case, impatient):
    expect(case, "checked")


@pytest.mark.parametrize("build", ["fast", "checked"])
@pytest.mark.parametrize("case", ANY_BUILD, ids=lambda case: case[0])
def test_every_build_reports(case, build):
    expect(case, build)
