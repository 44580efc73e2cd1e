"""The algorithm of `bench_emulator_matmul.cu` for Numba, to time its CUDA simulator: prints the seconds of one launch.

    NUMBA_ENABLE_CUDASIM=1 python -m alicuda.bench_emulator_numba

One block of 8 x 8 threads, each 4 x 4 outputs of 32 x 32.
"""

# mypy: ignore-errors
# Inside a kernel Numba gives these names another meaning than Python does.
from __future__ import annotations

import time

import numpy as np
from numba import cuda, float32

N, EACH = 32, 4
SIDE = N // EACH


@cuda.jit
def matmul(a, b, c, n):
    a_tile = cuda.shared.array((N, N), float32)
    b_tile = cuda.shared.array((N, N), float32)
    thread = cuda.threadIdx.y * SIDE + cuda.threadIdx.x
    total = cuda.local.array((EACH, EACH), float32)
    for i in range(EACH):
        for j in range(EACH):
            total[i, j] = 0
    for i in range(thread, N * N, SIDE * SIDE):
        a_tile[i % N, i // N] = a[i // N, i % N]
        b_tile[i // N, i % N] = b[i // N, i % N]
    cuda.syncthreads()
    for s in range(n):
        for i in range(EACH):
            for j in range(EACH):
                total[i, j] += a_tile[s, cuda.threadIdx.y * EACH + i] * b_tile[s, cuda.threadIdx.x * EACH + j]
    for i in range(EACH):
        for j in range(EACH):
            c[cuda.threadIdx.y * EACH + i, cuda.threadIdx.x * EACH + j] = total[i, j]


def main() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((2, N, N), np.float32)
    c = np.zeros((N, N), np.float32)
    started = time.perf_counter()
    matmul[1, (SIDE, SIDE)](a, b, c, N)
    seconds = time.perf_counter() - started
    assert np.abs(c - a @ b).max() < 1e-4
    print(seconds)


if __name__ == "__main__":
    main()
