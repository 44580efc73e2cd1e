def rows(H, R, stride):
    P = (H - R) // stride + 1
    return P, H - ((P - 1) * stride + R)  # your code: is that all?
