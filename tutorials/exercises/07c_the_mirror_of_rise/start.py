import numpy as np


def rise(x):
    return np.concatenate([x[:1], x[1:] - x[:-1]])


def mirror(d):
    return rise(d)  # your code, instead of this
