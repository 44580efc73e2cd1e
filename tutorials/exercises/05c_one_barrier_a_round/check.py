"""A matrix product with two pairs of tiles: one barrier a round."""

from alicuda.tutor import Launch, barriers, bytes_moved, empty, random

KERNEL = "matmul(const float* a, const float* b, float* c, int M, int N, int K)"
HINTS = {
    "race": "a fast thread fills the next tiles while a slow one still reads these. Where else could it put them?",
    "too_many_barriers": "with two pairs of tiles, which of the two barriers has nothing left to guard?",
}


def launches():
    for M, N, K in [(16, 16, 16), (17, 21, 50), (32, 32, 64)]:
        a, b = random(M, K, seed=M), random(K, N, seed=N)
        expected = {"c": a.astype(float) @ b}
        grid = (-(-N // 16), -(-M // 16))
        arguments = (a, b, empty((M, N)), M, N, K)
        yield Launch(grid, (16, 16), arguments, expected, atol=1e-4)


MEASURED = [barriers(), bytes_moved()]
