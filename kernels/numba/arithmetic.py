"""Arithmetic, elementwise.

    add   z = x + y       mul   z = x * y       affine   y = x * a + b       power   y = x^p       fill   y = value

Thread i has element i of arrays of `size` floats; threads beyond the end do nothing. No shared memory, no barrier.
Per element 4 bytes read of each input, 4 written, and one FLOP (affine 2, power about 50, fill none).
"""

from numba import cuda


@cuda.jit
def add(x, y, z, size):
    i = cuda.grid(1)
    if i < size:
        z[i] = x[i] + y[i]


@cuda.jit
def mul(x, y, z, size):
    i = cuda.grid(1)
    if i < size:
        z[i] = x[i] * y[i]


@cuda.jit
def affine(x, y, size, a, b):
    i = cuda.grid(1)
    if i < size:
        y[i] = x[i] * a + b


@cuda.jit
def power(x, y, size, p):
    i = cuda.grid(1)
    if i < size:
        y[i] = x[i] ** p


@cuda.jit
def fill(y, size, value):
    i = cuda.grid(1)
    if i < size:
        y[i] = value
