"""Input gradient of a convolution, which is the forward pass of the transposed convolution:

    dx[n,h,w_,c] = sum over k and all (r,s,p,q) with p*stride + r = h and q*stride + s = w_ of dy[n,p,q,k] * w[r,s,c,k]

Gradients dy (N,P,Q,K) come in, and dx (N,H,W,C) goes out; filters w (R,S,C,K). The column of a pixel is called w_,
since w is the name of the filters.

Thread i makes one number of dx, with c counting fastest, then w_, then h, then n (conv2d.py tells how to read that). It
*gathers*: for each place (r,s) in the filter it asks which pixel (p,q) of y had its own pixel there. There is at most
one, p = (h - r) / stride and q = (w_ - s) / stride, if both are whole numbers from 0 to P - 1 and Q - 1. A pixel in
which no filter has been gets 0. The other way round, a thread for each number of dy that adds to every dx it was made
from ("scatter"), would have many threads adding to one place at the same time, and additions would be lost.

Per number of dx: about 2*K*R*S / stride^2 FLOPs, fewer near the border, and 8 bytes read for each two of them. Threads
with neighbouring c read numbers of w that lie K apart. No shared memory, no barrier; threads beyond the end return.
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
            continue  # no pixel of y has this one in row r of its window
        for s in range(S):
            q = (w_ - s) // stride
            if w_ < s or q * stride != w_ - s or q >= Q:
                continue
            for k in range(K):
                total += dy[n, p, q, k] * w[r, s, c, k]
    dx[n, h, w_, c] = total
