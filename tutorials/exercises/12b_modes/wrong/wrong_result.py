import numpy as np


def covered(samples, centres, std):
    distance = np.linalg.norm(samples[:, None] - centres, axis=2)
    good = distance.min(axis=1) < 3 * std
    return len(set(distance.argmin(axis=1))), good.mean()
