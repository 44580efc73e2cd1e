from numba import cuda


@cuda.jit
def blend(x, y, z, size, t):
    i = cuda.grid(1)
    z[i] = x[i] + t * (y[i] - x[i])
