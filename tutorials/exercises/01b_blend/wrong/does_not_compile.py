from numba import cuda


@cuda.jit
def blend(x, y, z, size, t):
    i = cuda.grid(1)
    if i < size:
        z[i] = (1 - t) x[i] + t y[i]
