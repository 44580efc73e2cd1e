"""Convolution, with the threads of a block sharing what they read: the formula of conv2d.py, seen as a matrix product.

Y = A B, where Y has a row for each output pixel (n,p,q), M = N*P*Q of them, and a column for each channel k. Row m of A
holds the R*S*C numbers of x under the filter at that pixel; column k of B holds the k-th filter. The steps of the sum,
`depth` = R*S*C of them, are called d: with c counting fastest, then s, then r. A is never made: thread by thread, what
is needed of it is fetched from x.

Block (bx, by) has a tile of TILE x TILE numbers of Y, and as many threads: thread (x, y) has column by*TILE + x and row
bx*TILE + y. In conv2d.py each thread would fetch 2 numbers for each multiplication. But the threads in one row of the
tile all need the same row of A, and those in one column the same column of B. So they fetch a slab of TILE steps
together, each thread one number of A and one of B, into *shared memory*, which all threads of the block see, and then
each multiplies TILE pairs from there: 2 numbers fetched for TILE multiplications.

The *barriers*: after the first, all threads of the block have written their numbers, and may be read. After the second,
all have read them, and the next slab may be written over them. All threads must come to both: so those of a row or
column beyond the edge, and steps beyond `depth`, fetch zeros, and only the last line asks who has a place in y.

Neighbouring x fetch neighbouring columns of w. Each shared array has a line of its own: Numba's simulator tells them
apart by their line.
"""

from numba import cuda, float32

TILE = 16


@cuda.jit
def conv2d_shared(x, w, y, N, H, W, C, R, S, K, P, Q, stride):
    a_slab = cuda.shared.array((TILE, TILE), float32)
    b_slab = cuda.shared.array((TILE, TILE), float32)
    tx = cuda.threadIdx.x
    ty = cuda.threadIdx.y
    k = cuda.blockIdx.y * TILE + tx
    row = cuda.blockIdx.x * TILE + ty
    q = row % Q
    p = row // Q % P
    n = row // (Q * P)
    depth = R * S * C
    total = float32(0)
    for first in range(0, depth, TILE):
        d = first + tx
        a_slab[ty, tx] = float32(0)
        if n < N and d < depth:
            a_slab[ty, tx] = x[n, p * stride + d // (S * C), q * stride + d // C % S, d % C]
        d = first + ty
        b_slab[ty, tx] = float32(0)
        if k < K and d < depth:
            b_slab[ty, tx] = w[d // (S * C), d // C % S, d % C, k]
        cuda.syncthreads()
        for step in range(TILE):
            total += a_slab[ty, step] * b_slab[step, tx]
        cuda.syncthreads()
    if n < N and k < K:
        y[n, p, q, k] = total
