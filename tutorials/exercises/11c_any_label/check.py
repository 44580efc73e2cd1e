"""The loss of a label between 0 and 1, in float32, for any d."""

import numpy as np

from alicuda.tutor import require

FUNCTIONS = ["loss(d, t)"]
HINTS = {"wrong_result": "write -log p and -log(1 - p) with softplus, and softplus with e^-|d|, as the library does."}


def check(answer):
    for values in ([-2, -0.5, 0, 1, 3], [-1000, -200, -90, 20, 90, 1000]):
        d, t = (a.reshape(-1).astype(np.float32) for a in np.meshgrid(values, [0, 0.1, 0.5, 1]))
        wide, real = d.astype(np.float64), t.astype(np.float64)
        wanted = real * np.logaddexp(0, -wide) + (1 - real) * np.logaddexp(0, wide)
        with np.errstate(all="ignore"):
            got = np.asarray(answer.loss(d.copy(), t.copy()))
        require(got.shape == d.shape, f"`loss` gives the shape {got.shape}, but d has {d.shape}.")
        for i in range(d.size):
            where = f"For d = {d[i]:g} and t = {t[i]:g} the loss is {got[i]:g}"
            require(np.isfinite(got[i]), f"{where}, but it should be {wanted[i]:.6g}.")
            require(abs(got[i] - wanted[i]) < 1e-5 * max(1, abs(wanted[i])), f"{where}, not {wanted[i]:.6g}.")
