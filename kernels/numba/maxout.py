"""Maxout: the largest of each group of `pieces` adjacent channels, and who it was.

    maxout        y[o] = max over j of x[o * pieces + j]                       which[o] = the j of that, a byte
    maxout_grad   dx[o * pieces + j] = dy[o] if which[o] == j else 0

Channels lie side by side in memory and `pieces` divides them: so the groups of all pixels of all images follow each
other, and o simply counts them, from 0 to `outputs` - 1. Of equals the first wins; a NaN wins against all numbers.

maxout: thread o has output o and looks through its group. maxout_grad: thread i has element i of dx. Threads beyond the
end do nothing. No shared memory, no barrier. Bytes per output: 4 * pieces read and 5 written; backward the other way
round. No FLOP: comparisons are not counted.
"""

from numba import cuda, float32


@cuda.jit
def maxout(x, y, which, outputs, pieces):
    o = cuda.grid(1)
    if o >= outputs:
        return
    best = x[o * pieces]
    winner = 0
    for j in range(1, pieces):
        value = x[o * pieces + j]
        if not (value <= best) and best == best:  # larger, or a NaN; best == best: no NaN has won yet
            best = value
            winner = j
    y[o] = best
    which[o] = winner


@cuda.jit
def maxout_grad(dy, which, dx, size, pieces):
    i = cuda.grid(1)
    if i < size:
        o = i // pieces
        j = i % pieces
        dx[i] = dy[o] if which[o] == j else float32(0)
