"""A transposed convolution of one channel, a thread for each pixel of the result."""

import numpy as np

import alicuda
from alicuda.tutor import Launch, empty, random

KERNEL = "gather(const float* y, const float* w, float* x, int P, int Q, int R, int S, int stride)"
HINTS = {
    "race": "two stamps meet at a pixel. Whose should the pixel be, so that one thread alone writes to it?",
    "uninitialised": "nobody has set x to zero. Add up in a variable of the thread, and write once.",
    "wrong_result": "for a pixel in row h: which p has h in row r of its window, and when is there none?",
    "out_of_bounds": "p must lie from 0 to P - 1, and q from 0 to Q - 1. And which threads have no pixel?",
    "unwritten": "a pixel to which nothing comes is written, too.",
}


def launches():
    for P, Q, R, S, stride in [(2, 3, 3, 3, 2), (3, 2, 2, 3, 4), (5, 7, 3, 4, 2), (4, 6, 5, 2, 1), (7, 5, 4, 3, 3)]:
        y, w = random(P, Q, seed=P), random(R, S, seed=R)
        x = alicuda.conv_transpose2d(
            y.astype(np.float64).reshape(1, P, Q, 1), w.astype(np.float64).reshape(R, S, 1, 1), stride
        ).numpy()
        arguments = (y, w, empty(x.shape[1:3]), P, Q, R, S, stride)
        yield Launch(-(-x.size // 64), 64, arguments, expected={"x": x})
