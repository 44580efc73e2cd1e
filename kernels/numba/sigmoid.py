"""The functions made of e^x, and their gradients, elementwise.

    sigmoid        y = 1 / (1 + e^-x)                 sigmoid_grad    dx = dy * y * (1 - y)
    softplus       y = log(1 + e^x)                   softplus_grad   dx = dy * sigmoid(x)
    exponential    y = e^x                            its gradient, dy * y, is `mul` of arithmetic.py

e^x overflows from x = 89 on. e^-|x| never does: it is in (0, 1], and both functions can be written with it.

Thread i has element i of arrays of `size` floats; threads beyond the end do nothing. No shared memory, no barrier.
The 1 is written float32(1) because a plain 1 is an integer, and Numba makes a double of an integer with a float: twice
the bytes, and on most GPUs many times the time.
"""

import math

from numba import cuda, float32


@cuda.jit(device=True)
def sigmoid_of(x):
    t = math.exp(-abs(x))
    return (float32(1) if x >= 0 else t) / (float32(1) + t)


@cuda.jit
def sigmoid(x, y, size):
    i = cuda.grid(1)
    if i < size:
        y[i] = sigmoid_of(x[i])


@cuda.jit
def sigmoid_grad(dy, y, dx, size):
    i = cuda.grid(1)
    if i < size:
        dx[i] = dy[i] * y[i] * (float32(1) - y[i])


@cuda.jit
def softplus(x, y, size):
    i = cuda.grid(1)
    if i < size:
        y[i] = max(x[i], float32(0)) + math.log1p(math.exp(-abs(x[i])))


@cuda.jit
def softplus_grad(dy, x, dx, size):
    i = cuda.grid(1)
    if i < size:
        dx[i] = dy[i] * sigmoid_of(x[i])


@cuda.jit
def exponential(x, y, size):
    i = cuda.grid(1)
    if i < size:
        y[i] = math.exp(x[i])
