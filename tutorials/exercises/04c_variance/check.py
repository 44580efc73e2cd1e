"""Mean and variance of a row by one block, also where the mean is large."""

import numpy as np

from alicuda.tutor import Launch, barriers, empty, random, ways

KERNEL = "variance(const float* x, float* y, int n)"


def launches():
    for n, around in ((5, 0), (200, 10), (333, 1000)):
        x = random(n, seed=n) + np.float32(around)
        wanted = np.array([x.mean(dtype=np.float64), x.var(dtype=np.float64)])
        note = f"x is around {around:,}"
        yield Launch(1, 64, (x, empty(2), n), expected={"y": wanted}, rtol=1e-4, note=note)


MEASURED = [ways(1), barriers()]
HINTS = {
    "race": "somebody brings the next number while others still read the last total. Where should they wait?",
    "wrong_result": "is it wrong around 1,000 only? How large are the numbers whose difference you take, and how many "
    "digits does a float32 have?",
}
