from numba import cuda


@cuda.jit
def blend(x, y, z, size, t):
    for i in range(size):
        z[i] = x[i] + t * (y[i] - x[i])
