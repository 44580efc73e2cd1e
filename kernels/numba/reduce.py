"""Sum and mean over the middle axis.

    sum    y[o, i] = sum over r of x[o, r, i]      mean    the same, divided by count      x (outer, reduced, inner)

A reduction over any run of neighbouring axes is of this shape: what stands before them is `outer`, what stands behind
them `inner`. `count` is how many numbers went into each mean, where an earlier launch of `sum` has begun to add.

Thread t has one element of y and walks along the axis by itself: i = t % inner, o = t // inner. Threads beyond the end
do nothing. No shared memory, no barrier: `batch_norm_shared.py` shows how the threads of a block add up together. Per
element of x 4 bytes read and 1 FLOP.
"""

from numba import cuda, float32


@cuda.jit
def sum(x, y, outer, reduced, inner):
    t = cuda.grid(1)
    if t < outer * inner:
        o = t // inner
        i = t % inner
        total = float32(0)
        for r in range(reduced):
            total += x[o, r, i]
        y[o, i] = total


@cuda.jit
def mean(x, y, outer, reduced, inner, count):
    t = cuda.grid(1)
    if t < outer * inner:
        o = t // inner
        i = t % inner
        total = float32(0)
        for r in range(reduced):
            total += x[o, r, i]
        y[o, i] = total / count
