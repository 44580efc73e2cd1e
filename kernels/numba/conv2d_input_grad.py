"""Input gradient of a convolution, which is the forward pass of the transposed convolution:

    dx[n,h,w_,c] = sum over k and all (r,s,p,q) with p*stride + r = h and q*stride + s = w_ of dy[n,p,q,k] * w[r,s,c,k]

Cotangents dy (N,P,Q,K), filters w (R,S,C,K), result dx (N,H,W,C). The pixel's column is w_, as w are the filters.

Thread i has one number of dx, with c counting fastest, then w_, then h, then n. It *gathers*: for each filter tap (r,s)
it asks which output pixel (p,q) read its own pixel through that tap. There is at most one, p = (h - r) / stride, if
that is a whole number and lies in the picture. The other way round, a thread for each number of dy which adds to all
the dx that it came from ("scatter"), would have many threads adding to one place at once.

Per number of dx: about 2*K*R*S / stride^2 FLOPs, fewer at the border, and 8 bytes read for each two of them. No shared
memory, no barrier; threads beyond the end of dx return.
"""

from numba import cuda, float32


@cuda.jit
def conv2d_input_grad(dy, w, dx, N, H, W, C, R, S, K, P, Q, stride):
    i = cuda.grid(1)
    if i >= N * H * W * C:
        return
    c = i % C
    w_ = i // C % W
    h = i // (C * W) % H
    n = i // (C * W * H)
    total = float32(0)
    for r in range(R):
        p = (h - r) // stride
        if h < r or p * stride != h - r or p >= P:
            continue  # no output pixel meets this one through row r of the filter
        for s in range(S):
            q = (w_ - s) // stride
            if w_ < s or q * stride != w_ - s or q >= Q:
                continue
            for k in range(K):
                total += dy[n, p, q, k] * w[r, s, c, k]
    dx[n, h, w_, c] = total
