"""The cotangent of log sigma from z and mu, with as few bytes as can be."""

import numpy as np

from alicuda.tutor import Launch, bytes_moved, empty, random, sectors

KERNEL = (
    "sample_grad(const float* dz, const float* z, const float* mu, const float* log_sigma, float* dlog_sigma, int size)"
)
HINTS = {
    "too_many_bytes": "write the formula for z down, and solve it for σ · ε as a whole.",
    "wrong_result": "z = μ + σ ε. What is σ ε?",
    "out_of_bounds": "the last block has more threads than there are numbers.",
    "race": "one thread, one number.",
    "uncoalesced": "neighbouring threads should read and write neighbouring numbers.",
}


def launches():
    for size in (196, 33, 256):
        dz, mu, log_sigma, eps = (random(size, seed=k) for k in range(4))
        z = mu + np.exp(log_sigma) * eps
        expected = dz.astype(np.float64) * (z.astype(np.float64) - mu)
        arguments = (dz, z, mu, log_sigma, empty(size), size)
        yield Launch(-(-size // 64), 64, arguments, expected={"dlog_sigma": expected}, rtol=1e-4, atol=1e-5)


MEASURED = [sectors(best=4), bytes_moved()]
