import numpy as np


def covered(samples, centres, std):
    hits, good = [0] * len(samples), 0
    for sample in samples:
        distance = np.linalg.norm(sample - centres, axis=1)
        if distance.min() < 3 * std:
            hits[distance.argmin()] += 1
            good += 1
    return sum(h > 0 for h in hits), good / len(samples)
