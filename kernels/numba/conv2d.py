"""Convolution: y[n,p,q,k] = sum over r,s,c of x[n, p*stride + r, q*stride + s, c] * w[r,s,c,k].

Images x (N,H,W,C) and y (N,P,Q,K), filters w (R,S,C,K), all float32, the last index counting fastest in memory. N
images of H x W pixels with C channels go in, and N images of P x Q pixels with K channels come out. w holds K filters.
Each covers a window of R x S pixels of x with all C channels, and the window of pixel (p,q) of y has its upper left
corner at pixel (p*stride, q*stride) of x. There is no padding: P = (H - R) // stride + 1, Q = (W - S) // stride + 1,
which the caller works out.

How to read a kernel. `@cuda.jit` makes the function a kernel: Python does not call it once, but launches it on at least
as many threads as y has numbers, and each of them runs the whole function. They run side by side, in no particular
order. What makes one differ from another is the number i that `cuda.grid(1)` gives it: 0, 1, 2, ... (The 1 is for
counting along one axis.) Variables belong to a thread: each has an i, a k and a total of its own. The arrays are there
for all.

Which number of y is mine? y lies in memory as a row of N*P*Q*K numbers: k counts fastest, then q, then p, then n. So i
is split up as one splits seconds into hours, minutes and seconds. i % K is k. i // K is the number of the pixel; of
those Q make a row, so that % Q is q; i // (K*Q) counts the rows, and that % P is p. With K = 4, Q = 3 and P = 2:

    i         0  1  2  3    4  5  6  7    8  9 10 11   12 13 14 15   ...   24 25 26 27
    k         0  1  2  3    0  1  2  3    0  1  2  3    0  1  2  3          0  1  2  3
    q         0  0  0  0    1  1  1  1    2  2  2  2    0  0  0  0          0  0  0  0
    p         0  0  0  0    0  0  0  0    0  0  0  0    1  1  1  1          0  0  0  0
    n         0  0  0  0    0  0  0  0    0  0  0  0    0  0  0  0          1  1  1  1

What does a thread read and write? The R*S*C numbers of x in its window, and as many of w, those of filter k. It adds up
their products in `total` and writes that to its place in y. Nobody else writes there, nobody reads y, and nobody writes
x or w: so the order in which the threads run does not matter.

Threads are launched in blocks of one size, 256 say, so there may be more of them than y has numbers. Those whose i is
beyond the end return at once; otherwise they would write where no array is, and a GPU does not always complain.

Per number of y: 2*R*S*C FLOPs (a multiplication and an addition for each step) and 8*R*S*C bytes read. That is much
reading: each number of w is read N*P*Q times in all, and one of x K*R*S / stride^2 times on average, fewer near the
border. `conv2d_shared.py` reads them less often. H and W are told, as in all convolutions, though not needed here.
(The total begins as float32(0), not as 0.0, which would make Numba add up in double precision.)
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
