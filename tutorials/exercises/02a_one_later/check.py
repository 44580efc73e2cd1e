"""y[i] = x[i + 1]: the best that a copy from the middle of a sector can do."""

from alicuda.tutor import Launch, empty, random, sectors

KERNEL = "later(const float* x, float* y, int size)"
HINTS = {
    "uncoalesced": "the lanes of a warp have neighbouring threadIdx.x. Which numbers do two neighbouring lanes take?",
    "out_of_bounds": "y has `size` numbers and x one more. For which thread is there none?",
    "race": "one thread, one number.",
}


def launches():
    for size in (196, 33, 1, 224):  # the last launch is the one that is measured
        x = random(size + 1, seed=size)
        yield Launch(-(-size // 64), 64, (x, empty(size), size), expected={"y": x[1:]})


MEASURED = [sectors(best=5)]
