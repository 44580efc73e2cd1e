"""Random numbers, and the sample of a Gaussian that one can backpropagate through.

    uniform                y in (0, 1)                                                      y is `size` floats
    normal                 y ~ N(0, 1)
    gaussian_sample        z = mu + e^log_sigma * eps,    eps ~ N(0, 1)
    gaussian_sample_grad   dlog_sigma = dz * e^log_sigma * eps,   the same eps, made again; dmu is dz itself

Thread i has element i; threads beyond the end do nothing. No shared memory, no barrier. The noise is never stored: the
backward pass makes it again from the name of the draw (philox.py).
"""

import math

from numba import cuda, float32, float64, uint64

from .philox import draw_words

DROPPED = uint64(9)  # bits of a word


@cuda.jit(device=True)
def uniform_of(word):
    """The word's upper 23 bits as a whole number, plus one half, times 2^-23: exact in the 24 bits of a float32, and
    never 0 or 1."""
    return (float32(word >> DROPPED) + float32(0.5)) * float32(2.0**-23)


@cuda.jit(device=True)
def normal_of(i, words):
    """Element i of normal numbers. Two uniforms u, v make two independent normals, the coordinates of the point at
    radius sqrt(-2 log u) and angle 2 pi v (Box and Muller 1958). Elements 2j and 2j + 1 share a pair: the even one
    takes the cosine, the odd one the sine. Of the four words elements 0 and 1 have words 0 and 1, and 2 and 3 the rest.

    In float64: numbers must agree on all machines within 2e-6. In float32 cosine and sine would be off by up to 4e-7,
    mostly for the rounded angle, and the radius, up to 5.8, would multiply that.
    """
    u = 0 if i % 4 < 2 else 2  # the place of the pair's first word
    radius = math.sqrt(float64(-2) * math.log(float64(uniform_of(words[u]))))
    angle = float64(2) * math.pi * float64(uniform_of(words[u + 1]))
    return float32(radius * (math.cos(angle) if i % 2 == 0 else math.sin(angle)))


@cuda.jit
def uniform(y, size, seed, stream, step):
    i = cuda.grid(1)
    if i < size:
        y[i] = uniform_of(draw_words(i, seed, stream, step)[i % 4])


@cuda.jit
def normal(y, size, seed, stream, step):
    i = cuda.grid(1)
    if i < size:
        y[i] = normal_of(i, draw_words(i, seed, stream, step))


@cuda.jit
def gaussian_sample(mu, log_sigma, z, size, seed, stream, step):
    i = cuda.grid(1)
    if i < size:
        eps = normal_of(i, draw_words(i, seed, stream, step))
        z[i] = mu[i] + math.exp(log_sigma[i]) * eps


@cuda.jit
def gaussian_sample_grad(dz, log_sigma, dlog_sigma, size, seed, stream, step):
    i = cuda.grid(1)
    if i < size:
        eps = normal_of(i, draw_words(i, seed, stream, step))
        dlog_sigma[i] = dz[i] * math.exp(log_sigma[i]) * eps
