def wrong_backward(dy, x, scale):
    std = (x.var(axis=0) + 1e-4) ** 0.5
    return dy * scale / std
