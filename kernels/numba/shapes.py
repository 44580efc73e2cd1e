"""Copies that change the shape: laying arrays end to end, cutting them up, repeating them.

    copy_columns   y[r, y_start + c] = x[r, x_start + c]         for all rows r and c < width
    repeat         y[o, t, i] = x[o, i]                          x (outer, inner), y (outer, times, inner)

Concatenating along any axis is copy_columns: what is before the axis counts the rows, and the axis with what is behind
it makes one row. One launch for each of the arrays. Splitting is the same with x and y in each other's place.
Broadcasting is `repeat`, once for each run of neighbouring axes that are repeated.

Thread j has one number of what is copied. Threads beyond the end do nothing. No shared memory, no barrier. Per number 4
bytes read and 4 written, no FLOP.
"""

from numba import cuda


@cuda.jit
def copy_columns(x, y, rows, width, x_start, y_start):
    j = cuda.grid(1)
    if j < rows * width:
        r = j // width
        c = j % width
        y[r, y_start + c] = x[r, x_start + c]


@cuda.jit
def repeat(x, y, outer, times, inner):
    j = cuda.grid(1)
    if j < outer * times * inner:
        i = j % inner
        t = j // inner % times
        o = j // (inner * times)
        y[o, t, i] = x[o, i]
