import numpy as np


def first_bias(photos):
    mean = np.clip(photos.mean() / 255, 1e-7, 1 - 1e-7)  # over everything
    return np.full(photos.shape[1:], np.log(mean / (1 - mean)))
