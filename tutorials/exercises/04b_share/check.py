"""Each number divided by the sum of its row of 32: a warp a row, by shuffles alone."""

import numpy as np

from alicuda.tutor import Launch, barriers, empty, random, sectors

KERNEL = "share(const float* x, float* y, int rows)"


def launches():
    for rows in (1, 2, 7):
        x = np.abs(random(rows, 32, seed=rows)) + np.float32(0.1)
        wanted = x / x.sum(axis=1, keepdims=True, dtype=np.float64)
        yield Launch(-(-rows // 2), 64, (x, empty((rows, 32)), rows), expected={"y": wanted})


MEASURED = [sectors(4), barriers(0)]
HINTS = {
    "divergent_warp": "a mask is a promise: all lanes that it names come to this shuffle. Which go around it?",
    "wrong_result": "which lane has the sum of all 32, and how do the others get to know it?",
    "too_many_barriers": "who has to wait for whom here? All 32 are in one warp.",
}
