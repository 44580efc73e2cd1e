"""A transpose whose blocks use a tile again and again: a barrier before the taking, one before the next layer."""

from alicuda.tutor import Launch, barriers, empty, random, sectors

KERNEL = "strip(const float* x, float* y, int R, int C)"


def launches():
    for R, C in ((3, 5), (13, 21), (16, 24)):
        x = random(R, C, seed=R)
        yield Launch(-(-R // 8), (8, 8), (x, empty((C, R)), R, C), expected={"y": x.T})


MEASURED = [sectors(), barriers()]
HINTS = {
    "race": "one thread may be a round ahead of another. Whose number does it lay its own over?",
    "too_many_barriers": "what would go wrong without each of your barriers? One of them guards against nothing.",
}
