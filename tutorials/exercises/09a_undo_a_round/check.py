"""The inverse of one round of Philox."""

import numpy as np

from alicuda.philox import philox4x32
from alicuda.tutor import same

FUNCTIONS = ["undo(words, key)"]
HINTS = {"wrong_result": "c0 and c2 come from the lower halves. Then compute the upper halves anew, and use `^` again."}


def check(answer):
    random = np.random.default_rng(0)
    inputs = [((1, 2, 3, 4), (0, 0)), *(np.split(random.integers(0, 2**32, 6), [4]) for _ in range(50))]
    for counter, key in inputs:
        counter, key = (tuple(int(word) for word in words) for words in (counter, key))
        words = tuple(int(word) for word in philox4x32(counter, key, rounds=1))
        same(f"undo({words}, {key})", answer.undo(words, key), counter, rtol=0, atol=0)
