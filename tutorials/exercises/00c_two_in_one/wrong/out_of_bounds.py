import numpy as np


def both(v, w):
    one = np.zeros(v.shape, np.float32)
    for r, s in np.ndindex(v.shape):
        for t, u in np.ndindex(w.shape):
            one[r + t, s + u] += v[r, s] * w[t, u]
    return one
