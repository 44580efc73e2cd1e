"""Waiting times from uniform numbers, and the way back to the logarithm of their mean."""

import numpy as np

from alicuda.tutor import same

FUNCTIONS = ["sample(u, log_mean)", "backward(dz, u, log_mean)"]
HINTS = {"wrong_result": "if log m goes up by a tiny h, m becomes (1 + h) times as large. What becomes of z?"}


def check(answer):
    random, h = np.random.default_rng(10), 1e-6
    for shape in ((3,), (5, 7)):
        u, log_mean, dz = (
            random.uniform(0.01, 0.99, shape),
            random.standard_normal(shape),
            random.standard_normal(shape),
        )
        z = -np.exp(log_mean) * np.log(u)
        same("z", answer.sample(u.copy(), log_mean.copy()), z)
        up, down = (-np.exp(log_mean + step) * np.log(u) for step in (h, -h))
        got = answer.backward(dz.copy(), u.copy(), log_mean.copy())
        same("The cotangent of log_mean", got, dz * (up - down) / (2 * h), rtol=1e-5)
