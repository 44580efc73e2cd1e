def wrong_backward(dy, x, scale):
    mean, std = x.mean(axis=0), (x.var(axis=0) + 1e-4) ** 0.5
    unit = (x - mean) / std
    return scale / std * (dy - dy.mean(axis=0) - unit * (dy * unit).mean(axis=0))  # this one is right
