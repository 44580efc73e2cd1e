def strided_kernel(n, p, q, k, x, w, y):
    R, S, C, _ = w.shape
    total = 0.0
    for c in range(C):
        r = 0
        while r < R:
            s = 0
            while s < S:
                total += x[n, 2 * p + r, 2 * q + s, c] * w[r, s, c, k]
                s += 1
    y[n, p, q, k] = total
