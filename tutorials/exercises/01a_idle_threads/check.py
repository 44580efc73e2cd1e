"""How many threads of a launch have no number: counted here, computed by the answer."""

from alicuda.tutor import same

FUNCTIONS = ["idle(size, threads)"]


def check(answer):
    for size, threads in [(196, 64), (1000, 256), (1, 32), (256, 64), (257, 64)]:
        blocks = (size + threads - 1) // threads
        counted = sum(i >= size for i in range(blocks * threads))
        same(f"idle({size}, {threads})", answer.idle(size, threads), counted)
