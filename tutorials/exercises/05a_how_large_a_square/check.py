"""The smallest square that is compute-bound, by trying all sides up to a large one."""

from alicuda.tutor import same

FUNCTIONS = ["side_for(gflops, gbytes, K)"]
HINTS = {
    "endless_loop": "for some K, no side is large enough. What does the intensity never exceed?",
    "wrong_result": "do you count the bytes of C as well? And what does the intensity come near to and never reach, as "
    "the side grows?",
}


def check(answer):
    for gflops, gbytes, K in [
        (8100, 320, 4096),
        (8100, 320, 256),
        (19500, 1555, 64),
        (6000, 1000, 64),
        (8100, 320, 75),
        (100, 100, 8),
        (8100, 320, 27),
        (1000, 100, 20),
    ]:
        counted = next((2**i for i in range(40) if intensity(2**i, K) >= gflops / gbytes), 0)
        same(f"side_for({gflops}, {gbytes}, {K})", answer.side_for(gflops, gbytes, K), counted)


def intensity(side, K):
    return 2 * side**2 * K / (4 * (2 * side * K + side**2))
