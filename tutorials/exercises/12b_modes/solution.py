import numpy as np


def covered(samples, centres, std):
    distance = np.linalg.norm(samples[:, None] - centres, axis=2)
    nearest, good = distance.argmin(axis=1), distance.min(axis=1) < 3 * std
    return len(set(nearest[good])), good.mean()
