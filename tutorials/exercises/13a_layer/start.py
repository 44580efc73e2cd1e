def layer(kind, H, W, C, R, t, K):
    P, Q = (H - R) // t + 1, (W - R) // t + 1
    weights = R * R * C * K
    return P, Q, K, weights, P * Q * weights  # and a transposed one?
