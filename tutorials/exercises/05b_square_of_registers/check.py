"""A matrix product whose blocks fetch each number once."""

from alicuda.tutor import Launch, bytes_moved, empty, random

KERNEL = "matmul(const float* a, const float* b, float* c, int M, int N, int K)"
HINTS = {
    "race": "when the tiles are full, and again before they are overwritten, all threads of the block must have come.",
    "too_many_bytes": "a number that 32 rows or columns need should be fetched once a block, into shared memory.",
}


def launches():
    for M, N, K in [(31, 33, 5), (45, 50, 21), (64, 64, 64)]:
        a, b = random(M, K, seed=M), random(K, N, seed=N)
        expected = {"c": a.astype(float) @ b}
        grid = (-(-N // 32), -(-M // 32))
        yield Launch(grid, 64, (a, b, empty((M, N)), M, N, K), expected, atol=1e-4)


MEASURED = [bytes_moved()]
