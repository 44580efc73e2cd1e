"""Philox4x32-10: random numbers that are a function of a counter, ten rounds of multiply and mix.

A draw is named by (seed, stream, step). Its element i is word i % 4 of Philox at the counter (i // 4, 0, stream, step)
under the key `seed`: it depends neither on the grid nor on any thread, and whoever needs it again makes it again. So
masks and noise are never stored.

Words have 32 bits, but live in uint64 here, where the product of two of them fits whole; `& LOW32` cuts off what has
grown beyond. The constants carry their type, since Numba would make a float of a uint64 and a plain integer.

Source: Salmon, Moraes, Dror and Shaw, "Parallel Random Numbers: As Easy as 1, 2, 3", SC 2011, section 3.3.
"""

from numba import cuda, uint64

LOW32 = uint64(0xFFFFFFFF)
HALF = uint64(32)
MULTIPLIER0, MULTIPLIER1 = uint64(0xD2511F53), uint64(0xCD9E8D57)
WEYL0, WEYL1 = uint64(0x9E3779B9), uint64(0xBB67AE85)  # another key each round: golden ratio, sqrt(3) - 1


@cuda.jit(device=True)
def philox(c0, c1, c2, c3, seed):
    """Four words for the counter (c0, c1, c2, c3) under the key `seed`; all of them uint64."""
    key0 = seed & LOW32
    key1 = seed >> HALF
    for _ in range(10):
        product0 = MULTIPLIER0 * c0
        product1 = MULTIPLIER1 * c2
        c0 = (product1 >> HALF) ^ c1 ^ key0
        c1 = product1 & LOW32
        c2 = (product0 >> HALF) ^ c3 ^ key1
        c3 = product0 & LOW32
        key0 = (key0 + WEYL0) & LOW32
        key1 = (key1 + WEYL1) & LOW32
    return c0, c1, c2, c3


@cuda.jit(device=True)
def draw_words(i, seed, stream, step):
    """The four words of the draw's elements 4 * (i // 4) to 4 * (i // 4) + 3; `step` is an array of one."""
    return philox(uint64(i // 4), uint64(0), uint64(stream), uint64(step[0]) & LOW32, seed)
