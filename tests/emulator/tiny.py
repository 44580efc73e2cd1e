"""Tiny kernels with known answers, one feature of CUDA C++ each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Tiny:
    """A kernel `k`, its launch, the arguments, and what the last array argument holds afterwards."""

    name: str
    source: str
    launch: tuple[Any, ...]
    args: Callable[[], list[Any]]
    expected: Callable[..., np.ndarray]


def arange(*shape, dtype=np.float32):
    return np.arange(np.prod(shape), dtype=dtype).reshape(shape)


def zeros(*shape, dtype=np.float32):
    return np.zeros(shape, dtype)


ALL = [
    Tiny(
        "indices of a three-dimensional launch",
        """extern "C" __global__ void k(int* y) {
            int block = blockIdx.x + gridDim.x * (blockIdx.y + gridDim.y * blockIdx.z);
            int thread = threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z);
            y[block * blockDim.x * blockDim.y * blockDim.z + thread] = 1000 * block + thread;
        }""",
        ((2, 3, 2), (3, 2, 5)),
        lambda: [zeros(360, dtype=np.int32)],
        lambda y: 1000 * (arange(360, dtype=np.int32) // 30) + arange(360, dtype=np.int32) % 30,
    ),
    Tiny(
        "early return before a barrier",
        """extern "C" __global__ void k(const float* x, float* y, int n) {
            __shared__ float s[64];
            int t = threadIdx.x;
            if (t >= n) return;
            s[t] = x[t];
            __syncthreads();
            y[t] = s[n - 1 - t];
        }""",
        (1, 64),
        lambda: [arange(40), zeros(40), 40],
        lambda x, y, n: x[::-1],
    ),
    Tiny(
        "dynamic shared memory",
        """extern "C" __global__ void k(const int* x, int* y) {
            extern __shared__ int s[];
            s[threadIdx.x] = x[blockIdx.x * blockDim.x + threadIdx.x];
            __syncthreads();
            y[blockIdx.x * blockDim.x + threadIdx.x] = s[threadIdx.x ^ 1];
        }""",
        (3, 32, 128),
        lambda: [arange(96, dtype=np.int32), zeros(96, dtype=np.int32)],
        lambda x, y: x ^ 1,
    ),
    Tiny(
        "shared memory is poisoned before every block",
        """extern "C" __global__ void k(int* y) {
            __shared__ int s[4];
            volatile int* seen = s;
            y[blockIdx.x * 4 + threadIdx.x] = seen[threadIdx.x];
            s[threadIdx.x] = 7;
        }""",
        (5, 4),
        lambda: [zeros(20, dtype=np.int32)],
        lambda y: -np.ones(20, np.int32),
    ),
    Tiny(
        "static and dynamic shared memory are poisoned before every block",
        """extern "C" __global__ void k(int* y) {
            __shared__ int before[32];
            extern __shared__ int s[];
            __shared__ int after[32];
            volatile int *a = before, *b = s, *c = after;
            int t = threadIdx.x;
            y[blockIdx.x * 32 + t] = a[t] + b[t] + c[t];
            before[t] = s[t] = after[t] = 7;
        }""",
        (5, 32, 128),
        lambda: [zeros(160, dtype=np.int32)],
        lambda y: np.full(160, -3),
    ),
    Tiny(
        "a block of one thread, and lanes that are alone",
        """extern "C" __global__ void k(int* y) {
            __shared__ int s;
            s = 3;
            __syncthreads();
            y[blockIdx.x] = s + __shfl_sync(1u, 10 * blockIdx.x, 0) + __syncthreads_count(1);
            __syncwarp(1u);
            y[blockIdx.x] += __any_sync(0xffffffffu, 1);
        }""",
        (3, 1),
        lambda: [zeros(3, dtype=np.int32)],
        lambda y: 10 * np.arange(3) + 5,
    ),
    Tiny(
        "tree reduction, and a barrier in a loop",
        """extern "C" __global__ void k(const float* x, float* y) {
            __shared__ float s[128];
            int t = threadIdx.x;
            s[t] = x[blockIdx.x * 128 + t];
            __syncthreads();
            for (int half = 64; half > 0; half /= 2) {
                if (t < half) s[t] += s[t + half];
                __syncthreads();
            }
            if (t == 0) y[blockIdx.x] = s[0];
        }""",
        (4, 128),
        lambda: [arange(512), zeros(4)],
        lambda x, y: x.reshape(4, 128).sum(1),
    ),
    Tiny(
        "barriers that vote",
        """extern "C" __global__ void k(int* y) {
            int t = threadIdx.x;
            int count = __syncthreads_count(t % 3 == 0);
            int all = __syncthreads_and(t < 50), any = __syncthreads_or(t == 49);
            y[t] = 100 * count + 10 * all + any;
        }""",
        (1, 50),
        lambda: [zeros(50, dtype=np.int32)],
        lambda y: np.full(50, 100 * 17 + 10 + 1),
    ),
    Tiny(
        "shuffles of each kind, in groups of 8",
        """extern "C" __global__ void k(const int* x, int* y) {
            int t = threadIdx.x, v = x[t];
            y[t] = __shfl_sync(0xffffffffu, v, 3, 8);
            y[32 + t] = __shfl_up_sync(0xffffffffu, v, 2, 8);
            y[64 + t] = __shfl_down_sync(0xffffffffu, v, 2, 8);
            y[96 + t] = __shfl_xor_sync(0xffffffffu, v, 5, 8);
            y[128 + t] = __shfl_sync(0xffffffffu, v, t + 1);
        }""",
        (1, 32),
        lambda: [arange(32, dtype=np.int32) * 10, zeros(160, dtype=np.int32)],
        lambda x, y: 10 * np.concatenate([
            (t := np.arange(32)) // 8 * 8 + 3,
            np.where(t % 8 < 2, t, t - 2),
            np.where(t % 8 > 5, t, t + 2),
            t ^ 5,
            (t + 1) % 32,
        ]),
    ),
    Tiny(
        "shuffle of doubles in a warp of 20 lanes, and in half a warp",
        """extern "C" __global__ void k(const double* x, double* y) {
            int t = threadIdx.x;
            y[t] = __shfl_sync(0xfffffu, x[t], min(t + 1, 19));
            if (t < 10) y[t] += __shfl_xor_sync(0x3ffu, x[t], 1);
        }""",
        (1, 20),
        lambda: [arange(20, dtype=np.float64), zeros(20, dtype=np.float64)],
        lambda x, y: np.minimum(x + 1, 19) + np.where(x < 10, np.arange(20) ^ 1, 0),
    ),
    Tiny(
        "votes",
        """extern "C" __global__ void k(unsigned* y) {
            int t = threadIdx.x;
            unsigned odd = __ballot_sync(0xffffffffu, t & 1);
            int any = __any_sync(0xffffffffu, t == 40), all = __all_sync(0xffffffffu, t >= 32);
            __syncwarp();
            y[t] = odd + 10 * any + 100 * all + __popc(odd) + __ffs(odd) + __clz((int)(odd >> 1));
        }""",
        (1, 64),
        lambda: [zeros(64, dtype=np.uint32)],
        lambda y: 0xAAAAAAAA + 16 + 2 + 1 + np.where(np.arange(64) >= 32, 110, 0),
    ),
    Tiny(
        "a lane that left is not waited for",
        """extern "C" __global__ void k(int* y) {
            int t = threadIdx.x;
            if (t % 2) return;
            y[t] = __shfl_xor_sync(0x55555555u, t, 2);
            y[t] += (int)__popc(__ballot_sync(0x55555555u, 1));
        }""",
        (1, 32),
        lambda: [zeros(32, dtype=np.int32)],
        lambda y: np.where(np.arange(32) % 2 == 0, (np.arange(32) ^ 2) + 16, 0),
    ),
    Tiny(
        "warps that part at a condition meet again",
        """extern "C" __global__ void k(int* y) {
            int t = threadIdx.x, v = 0;
            if (t < 16) v = __shfl_xor_sync(0x0000ffffu, t, 1);
            else v = __shfl_xor_sync(0xffff0000u, 2 * t, 1);
            __syncwarp();
            y[t] = __shfl_sync(0xffffffffu, v, 31 - t);
        }""",
        (1, 32),
        lambda: [zeros(32, dtype=np.int32)],
        lambda y: np.where((t := np.arange(32)[::-1]) < 16, t ^ 1, 2 * (t ^ 1)),
    ),
    Tiny(
        "atomics on global and shared memory",
        """extern "C" __global__ void k(const float* x, int* y) {
            __shared__ int s;
            if (threadIdx.x == 0) s = 0;
            __syncthreads();
            atomicAdd(&s, 1);
            atomicAdd(&y[0], 2);
            atomicMax(&y[1], (int)(blockIdx.x * 100 + threadIdx.x));
            atomicMin(&y[2], -(int)threadIdx.x);
            atomicOr((unsigned*)&y[3], 1u << blockIdx.x);
            atomicAdd((float*)&y[4], x[threadIdx.x]);
            atomicCAS(&y[5], 0, 9);
            __syncthreads();
            if (threadIdx.x == 0) atomicSub(&y[6], s);
        }""",
        (4, 50),
        lambda: [np.full(50, 0.5, np.float32), zeros(7, dtype=np.int32)],
        lambda x, y: np.array([400, 349, -49, 15, np.float32(100).view(np.int32), 9, -200]),
    ),
    Tiny(
        "vectors of two and four floats",
        """extern "C" __global__ void k(const float4* x, const float2* z, float4* y) {
            float4 a = x[threadIdx.x];
            float2 b = z[threadIdx.x];
            y[threadIdx.x] = make_float4(a.w, a.z * b.x, a.y, a.x + b.y);
        }""",
        (1, 3),
        lambda: [arange(12), arange(6), zeros(12)],
        lambda x, z, y: np.stack([
            (a := x.reshape(3, 4))[:, 3], a[:, 2] * (b := z.reshape(3, 2))[:, 0], a[:, 1], a[:, 0] + b[:, 1]
        ], 1).ravel(),
    ),
    Tiny(
        "arguments of every type",
        """extern "C" __global__ void k(bool a, char b, unsigned char c, short d, unsigned e, long long f,
                                        unsigned long long g, float h, double i, double* y) {
            y[0] = a; y[1] = b; y[2] = c; y[3] = d; y[4] = e; y[5] = (double)f; y[6] = (double)g; y[7] = h; y[8] = i;
        }""",
        (1, 1),
        lambda: [True, -3, 200, -30000, 2**32 - 1, -(2**40), 2**50, 0.5, 0.1, zeros(9, dtype=np.float64)],
        lambda *a: np.array([1, -3, 200, -30000, 2**32 - 1, -(2**40), 2**50, 0.5, 0.1]),
    ),
    Tiny(
        "integers wrap, bits are punned, the high word of a product",
        """extern "C" __global__ void k(unsigned* y) {
            int big = 2147483647;
            y[0] = (unsigned)(big + 1);
            y[1] = __float_as_uint(1.5f);
            y[2] = (unsigned)(__int_as_float(0x40400000) * 2);
            y[3] = __umulhi(0xD2511F53u, 0xCD9E8D57u);
            y[4] = *(unsigned*)&y[1] >> 23;
        }""",
        (1, 1),
        lambda: [zeros(5, dtype=np.uint32)],
        lambda y: np.array([2**31, 0x3FC00000, 6, 0xD2511F53 * 0xCD9E8D57 >> 32, 127]),
    ),
    Tiny(
        "constants, templates, device functions, pragmas",
        """__constant__ float weight[3] = {1, 2, 3};
        template <int N> __device__ __forceinline__ float dot(const float* x) {
            float s = 0;
            #pragma unroll
            for (int i = 0; i < N; ++i) s += weight[i] * x[i];
            return s;
        }
        static __device__ int power(int b, int e) { return e ? b * power(b, e - 1) : 1; }
        extern "C" __global__ void __launch_bounds__(64) k(const float* __restrict__ x, float* __restrict__ y) {
            #pragma unroll 2
            for (int i = 0; i < 3; ++i) y[threadIdx.x] += dot<3>(x + threadIdx.x) + power(2, i);
        }""",
        (1, 4),
        lambda: [arange(6), zeros(4)],
        lambda x, y: 3 * (x[:4] + 2 * x[1:5] + 3 * x[2:]) + 7,
    ),
    Tiny(
        "variables of the device",
        """__device__ int first, table[4] = {1, 2, 3, 4};
        extern "C" __global__ void k(int* y) {
            if (threadIdx.x == 0) first = 7;
            table[threadIdx.x] = 10 * (threadIdx.x + 1);
            __syncthreads();
            y[threadIdx.x] = first + table[3 - threadIdx.x];
        }""",
        (1, 4),
        lambda: [zeros(4, dtype=np.int32)],
        lambda y: np.array([47, 37, 27, 17]),
    ),
    Tiny(
        "structs of the kernel's own, stored and passed by value",
        """struct Moments { float count, sum; int last; };
        __device__ Moments joined(Moments a, Moments b) { return Moments{a.count + b.count, a.sum + b.sum, -1}; }
        extern "C" __global__ void k(const float* x, float* y) {
            __shared__ Moments s[32];
            int t = threadIdx.x;
            s[t] = joined(Moments{1, x[t], -1}, Moments{});
            __syncthreads();
            for (int half = 16; half > 0; half /= 2) {
                if (t < half) s[t] = joined(s[t], s[t + half]);
                __syncthreads();
            }
            y[t] = s[0].sum / s[0].count;
        }""",
        (1, 32),
        lambda: [arange(32), zeros(32)],
        lambda x, y: np.full(32, 15.5),
    ),
    Tiny(
        "more threads in a block than the machine has cores by far",
        """extern "C" __global__ void k(int* y) {
            __shared__ int s[1024];
            s[threadIdx.x] = threadIdx.x;
            __syncthreads();
            y[blockIdx.x * 1024 + threadIdx.x] = s[(threadIdx.x + 513) % 1024];
        }""",
        (20, 1024),
        lambda: [zeros(20 * 1024, dtype=np.int32)],
        lambda y: np.tile((np.arange(1024) + 513) % 1024, 20),
    ),
    Tiny(
        "a grid without barriers",
        """extern "C" __global__ void k(const float* x, float* y, int n) {
            int i = blockIdx.x * blockDim.x + threadIdx.x;
            if (i < n) y[i] = 2 * x[i] + 1;
        }""",
        (8, 128),
        lambda: [arange(1000), zeros(1000), 1000],
        lambda x, y, n: 2 * x + 1,
    ),
]  # fmt: skip
