import numpy as np


def mirror(d):
    return np.concatenate([d[:-1] - d[1:], d[-1:]])
