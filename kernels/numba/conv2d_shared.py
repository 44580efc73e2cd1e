"""Convolution, with the threads of a block sharing what they read: the formula of conv2d.py, seen as a matrix product.

Y = A B, where Y has a row for each output pixel (n,p,q), M = N*P*Q of them, and a column for each channel k. Row m of A
holds the R*S*C numbers of x in the window of that pixel; column k of B holds filter k. The steps of the sum, `depth` =
R*S*C of them, are called d, with c counting fastest, then s, then r. A is never made: what is needed of it is read from
x.

Block (bx, by) makes a tile of TILE x TILE numbers of Y, and has as many threads: thread (tx, ty) makes row
bx*TILE + ty, column by*TILE + tx. In conv2d.py each thread reads 2 numbers for each multiplication. But all threads in
one row of the tile need the same row of A, and all in one column of it the same column of B. So they read a slab
together, TILE steps of the tile's rows of A and of its columns of B: each thread one number of either, which it puts
into *shared memory*, an array that all threads of the block see. Then each multiplies TILE pairs from there. That is 2
numbers read from x and w for TILE multiplications.

    place              holds                                     is read by
    a_slab[ty, tx]     step first + tx of the row of ty          the threads with this ty
    b_slab[ty, tx]     step first + ty of the column of tx       the threads with this tx       both written by (tx, ty)

`cuda.syncthreads()` is a *barrier*: no thread goes on before all of the block have come to it. After the first, all
numbers of the slab are written and may be read. After the second, all have been read, and the next slab may be written
over them.

All threads must come to both barriers, so none may return early, not even one whose row or column lies beyond the edge
of Y. Such a thread puts 0 into the slab instead of reading outside x or w, and at the end it does not write. For steps
beyond `depth` every thread puts 0, which adds nothing to the sums.

Threads with neighbouring tx read numbers that are neighbours in memory, of w along k and of x along c. Where K is below
TILE, some columns of each tile are idle. Numba's simulator, which runs kernels without a GPU, tells shared arrays apart
by their line: each needs one of its own.
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
