"""The sums of batch norm, with all threads of a block on one channel: `batch_norm.py` gives a channel to one thread.

    batch_norm_moments_shared   x       -> mean, inv_std
    batch_norm_sums_shared      dy, x   -> dscale, dshift

The formulas and the arguments are those of batch_norm.py. There are C blocks, and block c has channel c. Its THREADS
threads share the rows: thread t takes t, t + THREADS, t + 2 * THREADS, ... and adds up its own; a thread that has no
row brings 0. Then THREADS sums must become one, and no thread can see a variable of another. *Shared memory* is a small
array that all threads of a block see. Each puts its sum into its place; then, in rounds, each thread t of the lower
half adds place t + half to place t:

    place        0          1          2      3      4    5    6    7
    8 sums       a          b          c      d      e    f    g    h
    half = 4     a+e        b+f        c+g    d+h
    half = 2     a+e+c+g    b+f+d+h
    half = 1     all 8

`cuda.syncthreads()` is a *barrier*: no thread goes on before all of the block have come to it. One stands before each
round, and one before all read the total: else a thread could read a place before its owner has written there. And one
stands after that: else a thread that is ahead could put its next sum into its place while the total is still being
read. All threads must come to each barrier, so none may return early.

The price: threads with neighbouring t read numbers that lie C apart in memory. It should be worth it where C is small
and M is large.
"""

import math

from numba import cuda, float32

THREADS = 32  # of a block, as it is launched; a power of two, or halving would lose some


@cuda.jit(device=True)
def add_up(places, mine):
    """Each thread brings `mine`, and each gets the sum of all. `places`: a shared array of THREADS floats."""
    t = cuda.threadIdx.x
    places[t] = mine
    half = THREADS // 2
    while half > 0:
        cuda.syncthreads()
        if t < half:
            places[t] += places[t + half]
        half //= 2
    cuda.syncthreads()
    total = places[0]
    cuda.syncthreads()
    return total


@cuda.jit
def batch_norm_moments_shared(x, mean, inv_std, M, C, eps):
    places = cuda.shared.array(THREADS, float32)
    c = cuda.blockIdx.x
    t = cuda.threadIdx.x
    mine = float32(0)
    for m in range(t, M, THREADS):
        mine += x[m, c]
    center = add_up(places, mine) / float32(M)
    mine = float32(0)
    for m in range(t, M, THREADS):
        mine += (x[m, c] - center) * (x[m, c] - center)
    squares = add_up(places, mine)
    if t == 0:
        mean[c] = center
        inv_std[c] = float32(1) / math.sqrt(squares / float32(M) + eps)


@cuda.jit
def batch_norm_sums_shared(dy, x, mean, inv_std, dscale, dshift, M, C):
    places = cuda.shared.array(THREADS, float32)
    c = cuda.blockIdx.x
    t = cuda.threadIdx.x
    my_dy = float32(0)
    my_dy_x = float32(0)
    for m in range(t, M, THREADS):
        my_dy += dy[m, c]
        my_dy_x += dy[m, c] * (x[m, c] - mean[c])
    dy_sum = add_up(places, my_dy)
    dy_x_sum = add_up(places, my_dy_x)
    if t == 0:
        dshift[c] = dy_sum
        dscale[c] = dy_x_sum * inv_std[c]
