import numpy as np


def mirror(d):
    return np.array([d[i] - d[i + 1] for i in range(len(d))])
