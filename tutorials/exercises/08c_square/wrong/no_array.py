from alicuda import tensor


def square(x):
    return tensor.record("square", x.array**2, [x], lambda dy, wanted: (2 * dy * x,))
