def stamps(P, R, stride):
    return [sum(0 <= h - p * stride < R for p in range(P) for h in range(stride * (P - 1) + R)]
