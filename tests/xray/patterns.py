"""Kernels whose requests anybody can count by hand, and what they are: the table that xray is held to."""

from dataclasses import dataclass, field
from typing import Any

PARAMETERS = "float* y, const float* x, double* d, const float4* v, const float2* w, int* c, unsigned char* b, int n"
ARRAYS = ("y", "x", "d", "v", "w", "c", "b")


@dataclass(frozen=True)
class Pattern:
    """A kernel's body, in one line (so that columns tell accesses apart), and each access that it makes.

    Of global memory: (array, op, bytes, requests, sectors a request, the fewest possible a request); of shared memory:
    (array, op, bytes, requests, mean ways, worst ways).
    """

    name: str
    body: str
    accesses: list[tuple[Any, ...]]
    block: tuple[int, ...] = (32,)
    grid: tuple[int, ...] = (1,)
    outside: str = field(default="")  # of the kernel: functions, variables


def sets_y(value: str) -> str:
    return f"int t = threadIdx.x; y[t] = {value};"


STORE = ("y", "store", 4, 1, 4, 4)
PATTERNS = [
    Pattern("unit_stride", sets_y("x[t]"), [STORE, ("x", "load", 4, 1, 4, 4)]),
    Pattern("stride_2", sets_y("x[2 * t]"), [STORE, ("x", "load", 4, 1, 8, 4)]),
    Pattern("stride_4", sets_y("x[4 * t]"), [STORE, ("x", "load", 4, 1, 16, 4)]),
    Pattern("stride_8", sets_y("x[8 * t]"), [STORE, ("x", "load", 4, 1, 32, 4)]),
    Pattern("stride_33", sets_y("x[33 * t]"), [STORE, ("x", "load", 4, 1, 32, 4)]),
    Pattern("misaligned", sets_y("x[t + 1]"), [STORE, ("x", "load", 4, 1, 5, 4)]),
    Pattern("misaligned_by_a_sector", sets_y("x[t + 8]"), [STORE, ("x", "load", 4, 1, 4, 4)]),
    Pattern("backwards", sets_y("x[31 - t]"), [STORE, ("x", "load", 4, 1, 4, 4)]),
    Pattern("shuffled", sets_y("x[(t * 11) % 32]"), [STORE, ("x", "load", 4, 1, 4, 4)]),
    Pattern("broadcast", sets_y("x[5]"), [STORE, ("x", "load", 4, 1, 1, 1)]),
    Pattern("two_values", sets_y("x[t / 16 * 100]"), [STORE, ("x", "load", 4, 1, 2, 1)]),
    Pattern("pairs", sets_y("x[t / 2]"), [STORE, ("x", "load", 4, 1, 2, 2)]),
    Pattern("doubles", "d[threadIdx.x] = 1;", [("d", "store", 8, 1, 8, 8)]),
    Pattern("bytes", "b[threadIdx.x] = 1;", [("b", "store", 1, 1, 1, 1)]),
    Pattern("bytes_strided", "b[4 * threadIdx.x] = 1;", [("b", "store", 1, 1, 4, 1)]),
    Pattern("as_float4", "int t = threadIdx.x; float4 a = v[t]; y[t] = a.x + a.w;",
            [STORE, ("v", "load", 16, 1, 16, 16)]),
    Pattern("as_float2", "int t = threadIdx.x; float2 a = w[t]; y[t] = a.x + a.y;", [STORE, ("w", "load", 8, 1, 8, 8)]),
    Pattern("one_member", sets_y("v[t].y"), [STORE, ("v", "load", 4, 1, 16, 4)]),
    Pattern("half_a_warp", "int t = threadIdx.x; if (t < 16) y[t] = x[t];",
            [("y", "store", 4, 1, 2, 2), ("x", "load", 4, 1, 2, 2)]),
    Pattern("odd_lanes", "int t = threadIdx.x; if (t & 1) y[t] = x[t];",
            [("y", "store", 4, 1, 4, 2), ("x", "load", 4, 1, 4, 2)]),
    Pattern("both_branches", "int t = threadIdx.x; if (t & 1) y[t] = 1; else y[t] = 2;",
            [("y", "store", 4, 1, 4, 2), ("y", "store", 4, 1, 4, 2)]),
    Pattern("after_the_branch", "int t = threadIdx.x; float a = 0; if (t & 1) a = x[0]; y[t] = a;",
            [("x", "load", 4, 1, 1, 1), STORE]),
    Pattern("sum_of_products", "int t = threadIdx.x; y[t] += x[t];",
            [("y", "load", 4, 1, 4, 4), ("x", "load", 4, 1, 4, 4), STORE]),
    Pattern("same_array_twice", sets_y("x[t] + x[32 + t]"),
            [STORE, ("x", "load", 4, 1, 4, 4), ("x", "load", 4, 1, 4, 4)]),
    Pattern("loop", "int t = threadIdx.x; float s = 0; for (int k = 0; k < 7; ++k) s += x[k * 32 + t]; y[t] = s;",
            [("x", "load", 4, 7, 4, 4), STORE]),
    # in round k the lanes up to k read: ceil((k + 1) / 8) sectors, 80 in 32 rounds
    Pattern("guarded_loop",
            "int t = threadIdx.x; float s = 0; for (int k = 0; k < 32; ++k) if (k >= t) s += x[k * 32 + t]; y[t] = s;",
            [("x", "load", 4, 32, 2.5, 2.5), STORE]),
    # lanes with t % 4 == m go round m times: 3 requests, of 24, 16 and 8 lanes, all over the 4 sectors
    Pattern("while_of_the_lane", "int t = threadIdx.x, m = t % 4; float s = 0; while (m-- > 0) s += x[t]; y[t] = s;",
            [("x", "load", 4, 3, 4, 2), STORE]),
    # in round k the lanes with k + t even read; the others are back at the beginning of the loop, and wait there
    Pattern("continue_of_the_lane",
            "int t = threadIdx.x, k = 0; float s = 0; while (k < 8) { if ((k + t) % 2) { k++; continue; } "
            "s += x[k * 32 + t]; k++; } y[t] = s;",
            [("x", "load", 4, 8, 4, 2), STORE]),
    # the same, where what is called last before the loop begins again is a function
    Pattern("continue_after_a_call",
            "int t = threadIdx.x, k = 0; float s = 0; while (k < 8) { if ((k + t) % 2) { k = after(k); continue; } "
            "s += x[k * 32 + t]; k = after(k); } y[t] = s;",
            [("x", "load", 4, 8, 4, 2), STORE], outside="__device__ int after(int k) { return k + 1; }"),
    # lane t leaves in round t % 4: loads of 32, 24, 16 and 8 lanes, all over the 4 sectors; then all store
    Pattern("break_and_continue",
            "int t = threadIdx.x, k = 0; float s = 0; while (true) { s += x[t]; if (k++ < t % 4) continue; break; } "
            "y[t] = s;",
            [("x", "load", 4, 4, 4, 2.5), STORE]),
    # 4 rounds of a loop in a loop of 3; lanes skip the inner one in turn
    Pattern("loop_in_a_loop",
            "int t = threadIdx.x, j = 0; float s = 0; while (j < 3) { if ((j + t) % 2) { j++; continue; } int k = 0; "
            "while (k < 4) { if (k == 1) { k++; continue; } s += x[k * 32 + t]; k++; } j++; } y[t] = s;",
            [("x", "load", 4, 9, 4, 2), STORE]),
    Pattern("early_return", "int t = threadIdx.x; if (t >= 8) return; y[t] = x[t];",
            [("y", "store", 4, 1, 1, 1), ("x", "load", 4, 1, 1, 1)]),
    Pattern("break_of_the_lane",
            "int t = threadIdx.x; float s = 0; for (int k = 0; k < 9; ++k) { if (k > t % 2) break; s += x[t]; } "
            "y[t] = s;",
            [("x", "load", 4, 2, 4, 3), STORE]),
    # 3 x 3, the columns 8 apart and so a sector
    Pattern("stencil",
            "int i = threadIdx.x, j = threadIdx.y; float s = 0; for (int q = 0; q < 3; ++q) "
            "for (int r = 0; r < 3; ++r) if (8 * r < 32) s += x[(j + q) * 64 + i + 8 * r]; y[j * 32 + i] = s;",
            [("x", "load", 4, 9 * 8, 4, 4), ("y", "store", 4, 8, 4, 4)], block=(32, 8)),
    Pattern("device_function", sets_y("looked_up(x, t)"), [STORE, ("x", "load", 4, 1, 4, 4)],
            outside="__device__ float looked_up(const float* a, int i) { return a[i]; }"),
    Pattern("function_in_a_branch", "int t = threadIdx.x; float a = 1; if (t < 8) a = seen(x, t); y[t] = a;",
            [("x", "load", 4, 1, 1, 1), STORE],
            outside="__device__ float seen(const float* a, int i) { return a[i]; }"),
    # lanes with t == 1 (mod 2) call: functions behind the kernel in the binary come back to the others all the same
    Pattern("template_in_a_branch", "int t = threadIdx.x; float a = 0; if (t & 1) a = element(x, t); y[t] = a;",
            [("x", "load", 4, 1, 4, 2), STORE],
            outside="template <typename T> __device__ T element(const T* a, int i) { return a[i]; }"),
    Pattern("inline_in_a_branch", "int t = threadIdx.x; float a = 0; if (t & 1) a = inlined(x, t); y[t] = a;",
            [("x", "load", 4, 1, 4, 2), STORE],
            outside="inline __device__ float inlined(const float* a, int i) { return a[i]; }"),
    # as guarded_loop
    Pattern("call_in_a_guarded_loop",
            "int t = threadIdx.x; float s = 0; for (int k = 0; k < 32; ++k) if (k >= t) s += item(x, k * 32 + t); "
            "y[t] = s;",
            [("x", "load", 4, 32, 2.5, 2.5), STORE],
            outside="template <typename T> __device__ T item(const T* a, int i) { return a[i]; }"),
    # one function, called in either branch: two requests
    Pattern("called_from_both_branches",
            "int t = threadIdx.x; float a; if (t < 16) a = member(x, t); else a = member(x, t + 32); y[t] = a;",
            [("x", "load", 4, 2, 2, 2), STORE],
            outside="template <typename T> __device__ T member(const T* a, int i) { return a[i]; }"),
    Pattern("builtin_in_a_branch",
            "int t = threadIdx.x; float a = 0; if (t & 1) a = min(max(x[t], 0.5f), 2.0f); y[t] = a;",
            [("x", "load", 4, 1, 4, 2), STORE]),
    # odd lanes read a[8] and, a call deeper, a[0]; even ones read a[0] in the outer call: another request
    Pattern("recursion", "int t = threadIdx.x; y[t] = down(x, t & 1);",
            [("x", "load", 4, 1, 1, 1), ("x", "load", 4, 2, 1, 1), STORE],
            outside="__device__ float down(const float* a, int i) "
                    "{ if (i == 0) return a[0]; return a[8 * i] + down(a, i - 1); }"),
    Pattern("two_arrays", "int t = threadIdx.x; const float* a = t < 16 ? x : y + 512; y[t] = *(a + t);",
            [STORE, ("x", "load", 4, 1, 2, 2), ("y", "load", 4, 1, 2, 2)]),
    Pattern("atomic_one", "atomicAdd(c, 1);", [("c", "atomic", 4, 1, 1, 1)]),
    Pattern("atomic_each", "atomicAdd(c + threadIdx.x, 1);", [("c", "atomic", 4, 1, 4, 4)]),
    Pattern("blocks_and_warps", "int t = blockIdx.x * blockDim.x + threadIdx.x; y[t] = x[t];",
            [("y", "store", 4, 6, 4, 4), ("x", "load", 4, 6, 4, 4)], block=(64,), grid=(3,)),
    Pattern("narrow_block", "int t = threadIdx.y * 8 + threadIdx.x; y[threadIdx.y * 64 + threadIdx.x] = x[t];",
            [("y", "store", 4, 1, 4, 4), ("x", "load", 4, 1, 4, 4)], block=(8, 4)),
    Pattern("last_warp_not_full", "int t = threadIdx.x; y[t] = x[t] + 1;",
            [("y", "store", 4, 2, 2.5, 2.5), ("x", "load", 4, 2, 2.5, 2.5)], block=(40,)),
    Pattern("shared_unit", "__shared__ float s[32]; int t = threadIdx.x; s[t] = 1; y[t] = s[t];",
            [("s", "store", 4, 1, 1, 1), ("s", "load", 4, 1, 1, 1), STORE]),
    Pattern("shared_broadcast", "__shared__ float s[32]; int t = threadIdx.x; s[t] = 1; __syncthreads(); y[t] = s[7];",
            [("s", "store", 4, 1, 1, 1), ("s", "load", 4, 1, 1, 1), STORE]),
    Pattern("shared_stride_2", "__shared__ float s[64]; int t = threadIdx.x; s[2 * t] = 1; y[t] = s[2 * t];",
            [("s", "store", 4, 1, 2, 2), ("s", "load", 4, 1, 2, 2), STORE]),
    Pattern("shared_stride_3", "__shared__ float s[96]; s[3 * threadIdx.x] = 1;", [("s", "store", 4, 1, 1, 1)]),
    Pattern("shared_stride_32", "__shared__ float s[1024]; s[32 * threadIdx.x] = 1;", [("s", "store", 4, 1, 32, 32)]),
    Pattern("shared_double", "__shared__ double s[32]; s[threadIdx.x] = 1;", [("s", "store", 8, 1, 1, 1)]),
    # 8 lanes of a quarter: 8 x 16 bytes, 32 banks once
    Pattern("shared_float4", "__shared__ float4 s[32]; s[threadIdx.x] = v[threadIdx.x];",
            [("s", "store", 16, 1, 1, 1), ("v", "load", 16, 1, 16, 16)]),
    Pattern("shared_float4_stride_2", "__shared__ float4 s[64]; s[2 * threadIdx.x] = v[threadIdx.x];",
            [("s", "store", 16, 1, 2, 2), ("v", "load", 16, 1, 16, 16)]),
    Pattern("shared_bytes", "__shared__ unsigned char s[128]; s[threadIdx.x] = 1;", [("s", "store", 1, 1, 1, 1)]),
    Pattern("transposed",
            "__shared__ float s[32][32]; int i = threadIdx.x, j = threadIdx.y; s[j][i] = 1; __syncthreads(); "
            "y[j * 32 + i] = s[i][j];",
            [("s", "store", 4, 32, 1, 1), ("s", "load", 4, 32, 32, 32), ("y", "store", 4, 32, 4, 4)], block=(32, 32)),
    Pattern("transposed_padded",
            "__shared__ float s[32][33]; int i = threadIdx.x, j = threadIdx.y; s[j][i] = 1; __syncthreads(); "
            "y[j * 32 + i] = s[i][j];",
            [("s", "store", 4, 32, 1, 1), ("s", "load", 4, 32, 1, 1), ("y", "store", 4, 32, 4, 4)], block=(32, 32)),
    Pattern("shared_mixed",
            "__shared__ float s[1024]; for (int k = 0; k < 2; ++k) s[(k ? 1 : 32) * threadIdx.x] = 1;",
            [("s", "store", 4, 2, 16.5, 32)]),
    Pattern("shuffle_in_a_loop",
            "int t = threadIdx.x; float a = x[t]; for (int k = 16; k; k /= 2) a += __shfl_xor_sync(~0u, a, k); "
            "y[t] = a;",
            [("x", "load", 4, 1, 4, 4), STORE]),
]  # fmt: skip


def source() -> str:
    """One source of all of them, a kernel each."""
    kernels = [
        f'{p.outside}\nextern "C" __global__ void {p.name}({PARAMETERS}) {{\n    {p.body}\n}}\n' for p in PATTERNS
    ]  # fmt: skip
    return "\n".join(kernels)
