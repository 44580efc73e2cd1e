"""The nearest codes in units of sigma, beside a search by loops."""

import math

import numpy as np

from alicuda.tutor import require, same

FUNCTIONS = ["most_alike(codes, mu, log_sigma, n)"]
HINTS = {
    "wrong_result": "the encoder gives the logarithm of sigma. Divide the difference by sigma before you square it.",
    "raises": "one distance for each of the N codes: add up along the axis of the K numbers.",
}


def check(answer):
    for N, K, n in [(6, 2, 1), (40, 8, 5), (33, 5, 33)]:
        random = np.random.default_rng(N)
        codes, mu, log_sigma = random.standard_normal((N, K)), random.standard_normal(K), random.uniform(-2, 2, K)
        distances = []
        for code in codes:
            distances.append(sum(((c - m) / math.exp(s)) ** 2 for c, m, s in zip(code, mu, log_sigma, strict=True)))
        wanted = sorted(range(N), key=distances.__getitem__)[:n]
        got = answer.most_alike(codes.copy(), mu.copy(), log_sigma.copy(), n)
        require(
            got is None or len(np.atleast_1d(got)) == n, f"most_alike with n = {n} must give {n} places, not {got}."
        )
        same(f"With {N} codes of {K} numbers and n = {n}, most_alike", got, wanted)
