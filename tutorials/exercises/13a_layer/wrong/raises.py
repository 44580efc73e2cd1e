def layer(kind, H, W, C, R, t, K):
    if kind == "convolution":
        P, Q = (H - R) // t + 1, (W - R) // t + 1
    return P, Q, K, R * R * C * K, P * Q * R * R * C * K
