def gradient(losses, eps, sigma):
    return ((losses - 1) * eps / sigma).mean()
