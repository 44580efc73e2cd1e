"""The sum of three channels: stride 3, whatever one does."""

from alicuda.tutor import Launch, empty, random, sectors

KERNEL = "grey(const float* x, float* y, int pixels)"
HINTS = {
    "wrong_result": "pixel i begins at number 3 i. Where are its other two?",
    "uncoalesced": "stride 3 cannot be helped here. But do neighbouring lanes have neighbouring pixels?",
}


def launches():
    for shape in [(1, 5, 7, 3), (1, 1, 1, 3), (2, 16, 16, 3)]:
        x, pixels = random(*shape, seed=1), shape[0] * shape[1] * shape[2]
        yield Launch(-(-pixels // 64), 64, (x, empty(shape[:3]), pixels), expected={"y": x.astype(float).sum(axis=3)})


MEASURED = [sectors(best=12)]
