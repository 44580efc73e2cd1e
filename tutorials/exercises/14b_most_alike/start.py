def most_alike(codes, mu, log_sigma, n):
    distance = ((codes - mu) ** 2).sum(axis=1)
    return distance.argsort()[:n]
