def strided_kernel(n, p, q, k, x, w, y):
    R, S, C, _ = w.shape
    total = 0.0
    for r in range(R):
        for s in range(S):
            for c in range(C):
                total += x[n, 2 * (p + r), 2 * (q + s), c] * w[r, s, c, k]
    y[n, p, q, k] = total
