import numpy as np


def covered(samples, centres, std):
    distance = np.linalg.norm(samples[:, None] - centres, axis=2)
    nearest = distance.argmin(axis=1)
    return len(set(nearest)), 1.0
