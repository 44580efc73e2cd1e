"""Dropout: each element becomes 0 with probability p, the others are divided by 1 - p. Its own gradient.

    y = x * (scale if word >= threshold else 0)         threshold = p * 2^32         scale = 1 / (1 - p)

`word` is the element's Philox word of the draw: 32 random bits, see philox.py. They are compared as integers, so the
mask is the same bits on every machine. It is not stored: the backward pass launches the same kernel on dy, with the
same draw, and makes the same mask again.

Thread i has element i of arrays of `size` floats; threads beyond the end do nothing. No shared memory, no barrier.
"""

from numba import cuda, float32

from .philox import draw_words


@cuda.jit
def dropout(x, y, size, threshold, scale, seed, stream, step):
    i = cuda.grid(1)
    if i < size:
        word = draw_words(i, seed, stream, step)[i % 4]
        y[i] = x[i] * (scale if word >= threshold else float32(0))
