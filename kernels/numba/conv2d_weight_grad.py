"""Weight gradient of a convolution: dw[r,s,c,k] = sum over n,p,q of x[n, p*stride + r, q*stride + s, c] * dy[n,p,q,k].

Images x (N,H,W,C) and gradients dy (N,P,Q,K) come in, dw (R,S,C,K) goes out.

Thread i makes one number of dw, with k counting fastest, then c, then s, then r (conv2d.py tells how to read that): the
gradient of the weight that joins channel c of the pixel at place (r,s) of a window to channel k of y. That weight was
used at every pixel (p,q) of every image, and the thread adds up over all of them.

Per number of dw: 2*N*P*Q FLOPs, and 8 bytes read for each two of them. There are few of these threads, each with a long
sum, which a GPU does not like: `conv2d_weight_grad.cu` shares a sum out to many blocks. No shared memory, no barrier;
threads beyond the end of dw return.
"""

from numba import cuda, float32


@cuda.jit
def conv2d_weight_grad(x, dy, dw, N, H, W, C, R, S, K, P, Q, stride):
    i = cuda.grid(1)
    if i >= R * S * C * K:
        return
    k = i % K
    c = i // K % C
    s = i // (K * C) % S
    r = i // (K * C * S)
    total = float32(0)
    for n in range(N):
        for p in range(P):
            for q in range(Q):
                total += x[n, p * stride + r, q * stride + s, c] * dy[n, p, q, k]
    dw[r, s, c, k] = total
