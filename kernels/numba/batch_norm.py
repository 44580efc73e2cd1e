"""Batch norm, forward and backward: one thread a channel for the sums, one an element for the rest.

    forward     x_hat = (x - mean) * inv_std                y = scale * x_hat + shift
                mean and variance are the channel's, over the whole batch;   inv_std = 1 / sqrt(variance + eps)
    backward    dshift = sum of dy                          dscale = sum of dy * x_hat
                dx = scale * inv_std * (dy - dshift / M - x_hat * dscale / M)

Images x, y, dy, dx are (M, C): C channels side by side in memory, M = N*H*W pixels, called rows here, below each other.
scale, shift, mean, inv_std, dscale, dshift are (C,).

Nothing can be normalised before the last row has been seen, and blocks cannot wait for each other within a launch. So
each direction takes two:

    forward     batch_norm_moments    thread c walks down channel c, twice     x         -> mean, inv_std
                batch_norm            thread i has element i                   x         -> y
    backward    batch_norm_sums       thread c walks down channel c            dy, x     -> dscale, dshift
                batch_norm_grad       thread i has element i                   dy, x     -> dx

Why thread c walks down x twice: the variance as mean(x * x) - mean(x)^2 would be the small difference of two large
numbers where a channel's mean is far above its deviation, and a float32 keeps but 24 bits. So it finds the mean first,
and then adds up the squares of what differs from it.

Threads beyond the end do nothing. No shared memory, no barrier. With few channels few threads are busy with the sums;
`batch_norm_shared.py` gives a channel to all threads of a block.

Per element, leaving out what is read once a channel: moments 8 bytes read, 4 FLOPs; batch_norm 4 read, 4 written, 4
FLOPs; sums 8 read, 4 FLOPs; batch_norm_grad 8 read, 4 written, 9 FLOPs. So few FLOPs a byte: memory sets the pace.
"""

import math

from numba import cuda, float32


@cuda.jit
def batch_norm_moments(x, mean, inv_std, M, C, eps):
    c = cuda.grid(1)
    if c < C:
        total = float32(0)
        for m in range(M):
            total += x[m, c]
        center = total / float32(M)
        squares = float32(0)
        for m in range(M):
            squares += (x[m, c] - center) * (x[m, c] - center)
        mean[c] = center
        inv_std[c] = float32(1) / math.sqrt(squares / float32(M) + eps)


@cuda.jit
def batch_norm(x, scale, shift, mean, inv_std, y, M, C):
    i = cuda.grid(1)
    if i < M * C:
        m = i // C
        c = i % C
        y[m, c] = (x[m, c] - mean[c]) * inv_std[c] * scale[c] + shift[c]


@cuda.jit
def batch_norm_sums(dy, x, mean, inv_std, dscale, dshift, M, C):
    c = cuda.grid(1)
    if c < C:
        dy_sum = float32(0)
        dy_x_sum = float32(0)
        for m in range(M):
            dy_sum += dy[m, c]
            dy_x_sum += dy[m, c] * (x[m, c] - mean[c])
        dshift[c] = dy_sum
        dscale[c] = dy_x_sum * inv_std[c]


@cuda.jit
def batch_norm_grad(dy, x, scale, mean, inv_std, dscale, dshift, dx, M, C):
    i = cuda.grid(1)
    if i < M * C:
        m = i // C
        c = i % C
        x_hat = (x[m, c] - mean[c]) * inv_std[c]
        dx[m, c] = scale[c] * inv_std[c] * (dy[m, c] - dshift[c] / float32(M) - x_hat * dscale[c] / float32(M))
