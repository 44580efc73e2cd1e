def stamps(P, R, stride):
    counts = [0] * (stride * (P - 1) + R)
    p = 0
    while p < P:
        for r in range(R):
            counts[p * stride + r] += 1
    return counts
