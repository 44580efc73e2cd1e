import numpy as np


def best_loss(q, p):
    t = np.log(q / p)
    return (q * np.logaddexp(0, -t) + p * np.logaddexp(0, t)).sum()
