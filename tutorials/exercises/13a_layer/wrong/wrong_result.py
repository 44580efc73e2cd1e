def layer(kind, H, W, C, R, t, K):
    if kind == "transposed":
        P, Q = (H - 1) * t + R, (W - 1) * t + R
    else:
        P, Q = (H - R) // t + 1, (W - R) // t + 1
    weights = R * R * C * K
    return P, Q, K, weights, P * Q * weights  # the large side of a transposed layer
