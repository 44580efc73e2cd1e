def gradient(losses, eps, sigma):
    others = (losses.sum() - losses) / (len(losses) - 1)  # for each throw the mean of all others
    return ((losses - others) * eps / sigma).mean()
