import numpy as np


def losses(real, fake):
    def sigma(t):
        return 1 / (1 + np.exp(-t))

    loss_d = -np.log(sigma(real)).mean() - np.log(1 - sigma(fake)).mean()
    loss_g = -np.log(1 - sigma(real)).mean() - np.log(sigma(fake)).mean()
    return loss_d, loss_g
