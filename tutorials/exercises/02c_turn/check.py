"""A transpose that writes neighbours, and reads a column."""

from alicuda.tutor import ANY, Launch, empty, random, sectors

KERNEL = "turn(const float* x, float* y, int R, int C)"
HINTS = {
    "uncoalesced": "the lanes of a warp have neighbouring threadIdx.x. Which of row and column must that be, so that "
    "column * R + row is neighbouring too?",
    "out_of_bounds": "rows have their limit, and columns theirs.",
}


def launches():
    for R, C in [(33, 5), (5, 33), (1, 1), (64, 32)]:
        x, blocks = random(R, C, seed=R), -(-max(R, C) // 32)
        yield Launch((blocks, blocks), (32, 32), (x, empty((C, R)), R, C), expected={"y": x.T})


MEASURED = [sectors(best=4, op="store"), sectors(enough=ANY, op="load")]
