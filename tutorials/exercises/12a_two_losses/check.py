"""Both losses of a batch of logits, also where D is very sure."""

import numpy as np

from alicuda.tutor import require, same

FUNCTIONS = ["losses(real, fake)"]
HINTS = {
    "wrong_result": "L_D is D's surprise at the labels: 1 for photos, 0 for dice. L_G is the same with the labels "
    "exchanged, and not minus L_D.",
    "not_finite": "a chance so near to 0 that it is rounded to 0 has no log. Do not compute the chance: "
    "softplus(t) = max(t, 0) + log1p(exp(-abs(t))).",
}


def softplus(t):
    return np.maximum(t, 0) + np.log1p(np.exp(-np.abs(t)))


def check(answer):
    random = np.random.default_rng(0)
    for name, real, fake in [
        ("logits 0", np.zeros(4), np.zeros(4)),
        ("D mostly right", random.normal(1, 1, 5), random.normal(-2, 1, 3)),
        ("D mostly wrong", random.normal(-1, 2, 2), random.normal(1, 2, 6)),
        ("logits of 1000", np.array([1000.0, 3.0]), np.array([-1000.0, 2.0])),
        ("logits of 1000, D wrong", np.array([-1000.0, 3.0]), np.array([1000.0, 2.0])),
    ]:
        with np.errstate(all="ignore"):
            got = answer.losses(real.copy(), fake.copy())
        require(
            isinstance(got, tuple | list) and len(got) == 2,
            f"losses gives {got!r}: it shall give two numbers, (loss_d, loss_g).",
        )
        for which, value, wanted in [
            ("loss_d", got[0], softplus(-real).mean() + softplus(fake).mean()),
            ("loss_g", got[1], softplus(real).mean() + softplus(-fake).mean()),
        ]:
            require(
                np.isfinite(value) or abs(real[0]) < 1000,
                f"With {name}, {which} is {value}; it should be {wanted:.4g}.",
                kind="not_finite",
            )
            same(f"With {name}, {which}", value, wanted)
