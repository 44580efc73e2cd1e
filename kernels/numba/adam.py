"""Adam, one launch over all parameters of a player, which lie in one buffer.

    m += (1 - beta1) * (g - m)         v += (1 - beta2) * (g^2 - v)       means of the gradient and of its square
    w -= lr * sqrt(1 - beta2^t) / (1 - beta1^t) * m / (sqrt(v) + eps)     t = step + 1 counts the updates from 1

The factor with beta^t makes up for m and v having begun at 0. Source: Kingma and Ba, ICLR 2015, end of section 2.

Thread i has element i of w, g, m and v; threads beyond the end do nothing. No shared memory, no barrier.

`step` and `ok` are arrays of one, read here so that the host need not know them: it never waits for a step to end. Once
a loss was not finite, ok is 0 and nothing moves any more.
"""

import math

from numba import cuda, float32


@cuda.jit(device=True)
def one_minus_power(log_beta, t):
    """1 - beta^t. Near 1, beta^t would be rounded to 24 bits and 1 - beta^t have but a few of them left, so it is found
    as -(e^(t log(beta)) - 1). log(0) = -infinity is right too: e^-infinity is 0."""
    return -math.expm1(t * log_beta)


# rate1 = 1 - beta1 and rate2 = 1 - beta2 for the same reason: the host subtracts with more digits.
@cuda.jit
def adam(w, g, m, v, size, step, ok, lr, rate1, rate2, log_beta1, log_beta2, eps):
    i = cuda.grid(1)
    if i < size and ok[0] != 0:
        t = float32(step[0] + 1)
        rate = lr * math.sqrt(one_minus_power(log_beta2, t)) / one_minus_power(log_beta1, t)
        m[i] += rate1 * (g[i] - m[i])
        v[i] += rate2 * (g[i] * g[i] - v[i])
        w[i] -= rate * m[i] / (math.sqrt(v[i]) + eps)
