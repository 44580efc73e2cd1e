def most_alike(codes, mu, log_sigma, n):
    distance = (((codes - mu) / log_sigma) ** 2).sum(axis=1)  # log sigma is not sigma
    return distance.argsort()[:n]
