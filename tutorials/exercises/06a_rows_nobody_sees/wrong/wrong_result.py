def rows(H, R, stride):
    P = (H - R + stride - 1) // stride + 1
    return P, H - ((P - 1) * min(stride, R) + R)
