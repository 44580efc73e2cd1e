"""y[i] = x[i + 1]: a guard, and the best that a copy from the middle of a sector can do."""

from alicuda.tutor import Launch, empty, random, sectors

KERNEL = "later(const float* x, float* y, int size)"


def launches():
    for size in (1, 31, 33, 196):  # the last launch is the one that is measured
        x = random(size + 1, seed=size)
        yield Launch(-(-size // 64), 64, (x, empty(size), size), expected={"y": x[1:]})


MEASURED = [sectors()]
