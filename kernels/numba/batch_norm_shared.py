"""The two sums of batch norm, with all threads of a block on one channel: `batch_norm.py` leaves it to a single one.

    batch_norm_moments_shared   x       -> mean, inv_std
    batch_norm_sums_shared      dy, x   -> dscale, dshift

The formulas and the arguments are those of batch_norm.py. Block c has channel c, and THREADS threads: thread t takes
the rows t, t + THREADS, t + 2 * THREADS, ... and adds up its own. Then THREADS sums must become one, and no thread can
see what another has added up: a number in `total` belongs to one thread. *Shared memory* is a small array that all
threads of a block see. Each puts its sum into its place, and then, in rounds, the lower half adds the upper half to
itself:

    8 sums      a      b      c      d      e      f      g      h
    half = 4    a+e    b+f    c+g    d+h
    half = 2    a+e+c+g       b+f+d+h
    half = 1    all of them

`cuda.syncthreads()` is the *barrier*: no thread goes on before all of the block have come to it. Without it a thread
could read its neighbour's place before the neighbour has written there. So one stands before every round, one before
all read the total, and one at the end, before anybody puts the next sum into the same array. All threads must come to
each barrier: none may return early.

Each shared array has a line of its own: Numba's simulator tells them apart by their line.
"""

import math

from numba import cuda, float32

THREADS = 32


@cuda.jit(device=True)
def add_up(places, mine):
    """The sum of what the threads of the block bring, for each of them. `places`: a shared array of THREADS floats."""
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
    total = float32(0)
    for m in range(t, M, THREADS):
        total += x[m, c]
    center = add_up(places, total) / float32(M)
    squares = float32(0)
    for m in range(t, M, THREADS):
        squares += (x[m, c] - center) * (x[m, c] - center)
    squares = add_up(places, squares)
    if t == 0:
        mean[c] = center
        inv_std[c] = float32(1) / math.sqrt(squares / float32(M) + eps)


@cuda.jit
def batch_norm_sums_shared(dy, x, mean, inv_std, dscale, dshift, M, C):
    places = cuda.shared.array(THREADS, float32)
    c = cuda.blockIdx.x
    t = cuda.threadIdx.x
    shift = float32(0)
    scale = float32(0)
    for m in range(t, M, THREADS):
        shift += dy[m, c]
        scale += dy[m, c] * (x[m, c] - mean[c])
    shift = add_up(places, shift)
    scale = add_up(places, scale)
    if t == 0:
        dshift[c] = shift
        dscale[c] = scale * inv_std[c]
