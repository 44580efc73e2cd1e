def stamps(P, R, stride):
    counts = [0] * (stride * (P - 1) + R)
    for p in range(P):
        for r in range(R + 1):
            counts[p * stride + r] += 1
    return counts
