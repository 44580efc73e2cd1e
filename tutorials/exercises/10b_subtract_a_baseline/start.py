def gradient(losses, eps, sigma):
    return (losses * eps / sigma).mean()
