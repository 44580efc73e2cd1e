"""The way back through a maxout of two pieces, from x itself, written side by side."""

import numpy as np

from alicuda.tutor import Launch, empty, random, sectors

KERNEL = "maxout2_grad(const float* dy, const float* x, float* dx, int size)"
HINTS = {
    "uncoalesced": "let thread i have number i of dx, and find out whether i has won.",
    "wrong_result": "of equals the first wins: the even place gets dy, and the odd one 0.",
    "unwritten": "who loses gets 0, and that must be written as well.",
    "out_of_bounds": "which threads have no number?",
    "race": "each number of dx by one thread.",
}


def launches():
    for size in (12, 130, 384):
        x, dy = random(size, seed=1), random(size // 2, seed=2)
        x[4:8] = 0.5  # two pairs of equals
        pairs = x.reshape(-1, 2)
        first = pairs[:, 0] >= pairs[:, 1]
        expected = np.stack([np.where(first, dy, 0), np.where(first, 0, dy)], axis=1)
        yield Launch(-(-size // 64), 64, (dy, x, empty(size), size), expected={"dx": expected})


MEASURED = [sectors(best=4, op="store")]
