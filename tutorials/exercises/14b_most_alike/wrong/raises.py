import numpy as np


def most_alike(codes, mu, log_sigma, n):
    distance = (((codes - mu) / np.exp(log_sigma)) ** 2).sum()
    return sorted(range(len(codes)), key=distance)[:n]
