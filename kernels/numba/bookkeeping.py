"""The training step's bookkeeping, on the device, so that the host never has to wait for a number.

    lerp      running += rate * (batch - running)     running averages, `size` floats each
    watch     ring[step % rows] = values              losses of the newest `rows` steps; the host looks now and then
              ok = 0 if one of them is not finite
    advance   step += ok

`step` and `ok` are arrays of one. Once ok has fallen to 0 none of the three changes anything any more: the step counter
and the newest row of the ring stay those of the step that went wrong.

lerp: thread i has element i; threads beyond the end do nothing. watch and advance are launched with a single thread:
four losses are not worth a second one.
"""

import math

from numba import cuda


@cuda.jit
def lerp(running, batch, size, rate, ok):
    i = cuda.grid(1)
    if i < size and ok[0] != 0:
        running[i] += rate * (batch[i] - running[i])


@cuda.jit
def watch(values, ring, columns, rows, step, ok):
    if ok[0] == 0:
        return
    row = step[0] % rows
    for c in range(columns):
        ring[row, c] = values[c]
        if not math.isfinite(values[c]):
            ok[0] = 0


@cuda.jit
def advance(step, ok):
    step[0] += ok[0]
