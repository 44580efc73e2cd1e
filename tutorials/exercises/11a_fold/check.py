"""A convolution that does the batch norm behind it as well."""

import numpy as np

import alicuda
from alicuda.tutor import require, same

FUNCTIONS = ["fold(w, scale, shift, mean, std)"]
HINTS = {
    "wrong_result": "multiply scale * (y - mean) / std + shift out. What multiplies y, and what is added whatever y is?"
}


def check(answer):
    random = np.random.default_rng(11)
    for R, S, C, K in ((1, 1, 1, 2), (3, 2, 2, 5)):
        x, w = random.standard_normal((2, 6, 7, C)), random.standard_normal((R, S, C, K))
        scale, shift, mean = random.standard_normal((3, K))
        std = random.uniform(0.5, 3, K)
        both = answer.fold(w.copy(), scale.copy(), shift.copy(), mean.copy(), std.copy())
        require(isinstance(both, tuple) and len(both) == 2, "`fold` must return two arrays, the new w and the bias.")
        new_w, bias = both
        require(np.shape(new_w) == w.shape, f"The new w has the shape {np.shape(new_w)}, but w has {w.shape}.")
        require(np.shape(bias) == (K,), f"The bias has the shape {np.shape(bias)}, but {(K,)} is needed.")
        wanted = scale * (alicuda.conv2d(x, w).numpy() - mean) / std + shift
        same("The result", alicuda.conv2d(x, np.asarray(new_w, float)).numpy() + bias, wanted, rtol=1e-6, atol=1e-8)
