def gradient(losses, eps, sigma):
    return ((losses - losses.mean() * eps / sigma).mean()
