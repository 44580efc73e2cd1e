import numpy as np


def both(v, w):
    (R, S), (T, U) = v.shape, w.shape
    one = np.zeros((R + T - 1, S + U - 1), np.float32)
    for t in range(T):
        for u in range(U):
            one[t : t + R, u : u + S] = w[t, u] * v
    return one
