"""Convolution: y[n,p,q,k] = sum over r,s,c of x[n, p*stride + r, q*stride + s, c] * w[r,s,c,k].

Images x (N,H,W,C) and y (N,P,Q,K), filters w (R,S,C,K): N images of H x W pixels with C channels go in, and images of
P x Q pixels with K channels come out. A filter covers R x S pixels at a time and moves on by `stride` of them. Nothing
is added at the border: P = (H - R) // stride + 1, and Q likewise.

How to read a kernel. `conv2d` below is not called once: it is run by as many threads as y has numbers, all at the same
time, and each computes one of them. What makes one thread differ from another is the number i that `cuda.grid(1)` gives
it: 0, 1, 2, ... Everything else follows from i.

Which number of y is mine? y lies in memory as one row of N*P*Q*K numbers, with k counting fastest, then q, then p, then
n. So i is split up as one splits seconds into hours, minutes and seconds: i % K is k, i // K counts the pixels, and so
on. With K = 4 channels and Q = 3 pixels in a row of the picture:

    i         0  1  2  3    4  5  6  7    8  9 10 11   12 13 14 15   ...
    k         0  1  2  3    0  1  2  3    0  1  2  3    0  1  2  3
    q         0  0  0  0    1  1  1  1    2  2  2  2    0  0  0  0
    p         0  0  0  0    0  0  0  0    0  0  0  0    1  1  1  1

What does it read? The R x S x C numbers of x under the filter when that lies at its pixel, and the k-th filter. It adds
up their products in `total`, a number of its own, and writes that to its place in y. No other thread writes there, and
no thread waits for another: the order in which they run does not matter.

Threads come in blocks of a fixed size, so the last block may have some too many. Their i is beyond the end of y; the
`return` sends them home.

Per number of y: 2*R*S*C FLOPs (a multiplication and an addition each), and 8 bytes read for each two FLOPs.
Neighbouring threads read the same x, and neighbouring w; but each number of x is asked for again by every thread that
needs it, about K*R*S / stride^2 times. `conv2d_shared.py` asks for it less often.
"""

from numba import cuda, float32


@cuda.jit
def conv2d(x, w, y, N, H, W, C, R, S, K, P, Q, stride):
    i = cuda.grid(1)
    if i >= N * P * Q * K:
        return
    k = i % K
    q = i // K % Q
    p = i // (K * Q) % P
    n = i // (K * Q * P)
    total = float32(0)
    for r in range(R):
        for s in range(S):
            for c in range(C):
                total += x[n, p * stride + r, q * stride + s, c] * w[r, s, c, k]
    y[n, p, q, k] = total
