import numpy as np


def losses(real, fake):
    def softplus(t):
        return np.logaddexp(0, t)

    loss_d = softplus(-real).mean() + softplus(fake).mean()
    loss_g = softplus(real).mean() + softplus(-fake).mean()
    return loss_d, loss_g
