import numpy as np


def loss(d, t):
    p = 1 / (1 + np.exp(-d))
    return -t * np.log(p) - (1 - t) * np.log(1 - p)
