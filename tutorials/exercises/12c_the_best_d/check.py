"""L_D of the best D over tables, some of whose pairs never come up."""

import numpy as np

from alicuda.tutor import require, same

FUNCTIONS = ["best_loss(q, p)"]
HINTS = {
    "wrong_result": "each pair adds q softplus(-t) + p softplus(t) with t = log(q / p). What is left of that where q "
    "or p is 0? Only pairs that come up in both tables cost anything.",
    "not_finite": "0 times infinity is not a number. Leave out the pairs that come up in one table only before you "
    "take the log.",
}


def loss(q, p):
    total = 0.0
    for a, b in zip(q.ravel(), p.ravel(), strict=True):
        if a > 0 and b > 0:
            total += a * np.log1p(b / a) + b * np.log1p(a / b)
    return total


def check(answer):
    random = np.random.default_rng(0)
    even = np.full((3, 3), 1 / 9)
    some = random.random((4, 5)) + 0.1
    other = random.random((4, 5)) + 0.1
    half, rest = np.array([[0.5, 0.5], [0.0, 0.0]]), np.array([[0.0, 0.0], [0.5, 0.5]])
    for name, q, p in [
        ("two equal tables", even, even),
        ("two random tables", some / some.sum(), other / other.sum()),
        ("a pair that only dice make", np.array([[0.5, 0.0], [0.25, 0.25]]), np.array([[0.25, 0.25], [0.25, 0.25]])),
        ("a pair that nothing makes", np.array([[0.6, 0.0], [0.2, 0.2]]), np.array([[0.3, 0.0], [0.3, 0.4]])),
        ("no pair in common", half, rest),
    ]:
        with np.errstate(all="ignore"):
            got = answer.best_loss(q.copy(), p.copy())
        wanted = loss(q, p)
        require(
            got is None or bool(np.all(np.isfinite(got))),
            f"With {name}, best_loss is {got}; it should be {wanted:.4g}.",
            kind="not_finite",
        )
        same(f"With {name}, best_loss", got, wanted)
