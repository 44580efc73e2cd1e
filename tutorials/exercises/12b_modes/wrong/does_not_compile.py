import numpy as np


def covered(samples, centres, std)
    distance = np.linalg.norm(samples[:, None] - centres, axis=2)
    return len(set(distance.argmin(axis=1))), (distance.min(axis=1) < 3 * std).mean()
