"""Leaky ReLU, forward and backward: the plainest kernels of this folder, and the ones to read first.

    leaky_relu        y = x if x > 0 else slope * x
    leaky_relu_grad   dx = dy if y > 0 else slope * dy      the output y is above 0 just where x is, as slope >= 0

All arrays are `size` floats in a row, whatever their shape. Thread i, counted through all blocks by `cuda.grid(1)`, has
element i: it reads that of the inputs and writes that of the output, and no other thread touches them. The last block
may have threads beyond the end, whose i is not below `size`: they do nothing.

Neighbouring threads have neighbouring elements, so that a warp of 32 threads moves 128 bytes in a row of each array,
which is what memory does fastest. 4 bytes read forward and 8 backward, 4 written, 1 FLOP: memory sets the pace.
"""

from numba import cuda


@cuda.jit
def leaky_relu(x, y, size, slope):
    i = cuda.grid(1)
    if i < size:
        y[i] = x[i] if x[i] > 0 else slope * x[i]


@cuda.jit
def leaky_relu_grad(dy, y, dx, size, slope):
    i = cuda.grid(1)
    if i < size:
        dx[i] = dy[i] if y[i] > 0 else slope * dy[i]
