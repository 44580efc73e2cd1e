import numpy as np


def losses(real, fake):
    chance_real, chance_fake = 1 / (1 + np.exp(-real)), 1 / (1 + np.exp(-fake))
    loss_d = -np.log(chance_real).mean() - np.log(1 - chance_fake).mean()
    return loss_d, -loss_d
