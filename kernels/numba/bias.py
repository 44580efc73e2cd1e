"""y = x + b, the same b for every row of x, and its gradient, the sum over rows.

    bias_add    y[m, c] = x[m, c] + b[c]              bias_grad   db[c] = sum over m of dy[m, c]

A tied bias has one number per channel: the rows are the M = N*H*W pixels and C is the channels. An untied one has a
number for each output element: the rows are the M = N examples and C is H*W*K. Both are these kernels.

bias_add: thread i has one element, c = i % C and m = i // C. bias_grad: thread c has a column and walks down its M
rows. Threads beyond the end do nothing. No shared memory, no barrier. Per element of x 4 bytes read and 1 FLOP.
"""

from numba import cuda, float32


@cuda.jit
def bias_add(x, b, y, M, C):
    i = cuda.grid(1)
    if i < M * C:
        m = i // C
        c = i % C
        y[m, c] = x[m, c] + b[c]


@cuda.jit
def bias_grad(dy, db, M, C):
    c = cuda.grid(1)
    if c < C:
        total = float32(0)
        for m in range(M):
            total += dy[m, c]
        db[c] = total
