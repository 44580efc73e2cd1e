from numba import cuda


@cuda.jit
def blend(x, y, z, size, t):
    z[0] = x[0]  # your code, instead of this line
