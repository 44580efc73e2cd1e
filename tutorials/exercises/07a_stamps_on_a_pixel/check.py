"""How many stamps cover each pixel, by a transposed convolution of ones."""

import numpy as np

import alicuda
from alicuda.tutor import same

FUNCTIONS = ["stamps(P, R, stride)"]
HINTS = {
    "wrong_result": "draw 3 stamps of 3 pixels with a stride of 2, one below the other, and count down the columns.",
    "out_of_bounds": "the last stamp begins at stride * (P - 1). At which pixel does it end?",
}


def check(answer):
    for P, R, stride in [(3, 3, 2), (4, 4, 2), (5, 5, 2), (1, 3, 2), (3, 2, 4), (6, 4, 1), (4, 7, 3)]:
        counts = alicuda.conv_transpose2d(np.ones((1, 1, P, 1)), np.ones((1, R, 1, 1)), stride)
        same(f"stamps({P}, {R}, {stride})", answer.stamps(P, R, stride), counts.numpy()[0, 0, :, 0].astype(int))
