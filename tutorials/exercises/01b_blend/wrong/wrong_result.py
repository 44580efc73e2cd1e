from numba import cuda


@cuda.jit
def blend(x, y, z, size, t):
    i = cuda.threadIdx.x
    if i < size:
        z[i] = x[i] + t * (y[i] - x[i])
