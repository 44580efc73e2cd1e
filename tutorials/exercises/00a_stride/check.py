"""A convolution with stride 2, by one thread for each element of y."""

import numpy as np

import alicuda
from alicuda.tutor import random, require, same

FUNCTIONS = ["strided_kernel(n, p, q, k, x, w, y)"]
HINTS = {
    "wrong_result": "where does the window of y[n, p, q, k] begin? Follow one element by hand.",
    "race": "one thread, one element: whose elements does yours write?",
    "out_of_bounds": "x has 2 P + 1 rows here. Which is the last one that a window may touch?",
}


def check(answer):
    for shape, filters in [((1, 5, 7, 1), (3, 3, 1, 1)), ((2, 6, 9, 2), (2, 3, 2, 3)), ((1, 16, 16, 1), (3, 3, 1, 2))]:
        x, w = random(*shape, seed=1), random(*filters, seed=2)
        wanted = alicuda.conv2d(x, w, stride=2).numpy()
        y = np.full(wanted.shape, np.nan, np.float32)
        for place in np.ndindex(y.shape):
            before = y.copy()
            answer.strided_kernel(*place, x, w, y)
            changed = [tuple(map(int, at)) for at in np.argwhere((y != before) & ~(np.isnan(y) & np.isnan(before)))]
            others = [at for at in changed if at != place]
            require(not others, f"The thread of y{[*place]} also writes y{[*others[0]] if others else ''}.", "race")
        same(f"With x of shape {shape} and w of shape {filters}, y", y, wanted, rtol=1e-4, atol=1e-5)
