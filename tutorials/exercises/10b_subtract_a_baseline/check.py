"""A score-function gradient that is right on average, also from few throws, and trembles less than the plain one."""

import numpy as np

from alicuda.tutor import measure, require

FUNCTIONS = ["gradient(losses, eps, sigma)"]
HINTS = {
    "wrong_result": "what is subtracted must not know of the throw that it is subtracted from.",
    "too_much": "a constant changes no derivative, but it changes the variance. Which constant is near the losses?",
}
MU, SIGMA, TRIES = 1.5, 0.5, 6000


def estimates(answer, n):
    eps = np.random.default_rng(n).standard_normal((TRIES, n))
    losses = (MU + SIGMA * eps) ** 2 + 3
    plain = (losses * eps / SIGMA).mean(axis=1)
    found = np.array([float(answer.gradient(*pair, SIGMA)) for pair in zip(losses, eps, strict=True)])
    return found, plain


def check(answer):
    for n in (4, 2, 16):
        found, plain = estimates(answer, n)
        require(np.isfinite(found).all(), f"With {n} throws some estimates are not finite.")
        mean, bar = found.mean(), found.std() / TRIES**0.5
        require(
            abs(mean - 2 * MU) < 4 * bar + 1e-3,
            f"With {n} throws your estimate is {mean:.2f} ± {bar:.2f} on average, but the truth is {2 * MU:g}.",
        )
    measure("percent of the plain variance", round(100 * found.var() / plain.var()), best=14, enough=20)
