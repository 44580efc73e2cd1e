"""The bias with which G1 begins at the mean photo, beside ALI.set_output_bias."""

import numpy as np

from alicuda.tutor import require, same

FUNCTIONS = ["first_bias(photos)"]
HINTS = {
    "wrong_result": "solve m = 1 / (1 + e^-b) for b. m is a mean over photos only: each pixel and channel has its own.",
    "not_finite": "log(0) is minus infinity, and dividing by 1 - 1 is no better: keep m between 1e-7 and 1 - 1e-7.",
    "raises": "functions of `math` take one number; those of `np` take a whole array.",
}


def check(answer):
    random = np.random.default_rng(0)
    for N, black in [(7, False), (5, True)]:
        photos = random.integers(20, 230, (N, 4, 3, 2)).astype(np.uint8)
        what = f"With {N} photos of shape (4, 3, 2)"
        if black:
            photos[:, 0], photos[:, -1, -1] = 0, 255
            what += ", whose first row is black and whose last pixel is white"
        mean = np.clip(photos.mean(axis=0) / 255, 1e-7, 1 - 1e-7)
        b = answer.first_bias(photos)
        got = None if b is None else np.asarray(b, float)
        if got is not None and got.shape == mean.shape:
            for place in np.argwhere(~np.isfinite(got))[:1].tolist():
                require(False, f"{what}, b{place} is {got[tuple(place)]}.", kind="not_finite")
        same(f"{what}, b", got, np.log(mean / (1 - mean)), rtol=1e-4, atol=1e-6)
