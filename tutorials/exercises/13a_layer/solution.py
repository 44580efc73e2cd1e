def layer(kind, H, W, C, R, t, K):
    weights = R * R * C * K
    if kind == "transposed":
        return (H - 1) * t + R, (W - 1) * t + R, K, weights, H * W * weights
    P, Q = (H - R) // t + 1, (W - R) // t + 1
    return P, Q, K, weights, P * Q * weights
