"""Philox4x32-10: random numbers that are a function of a counter, ten rounds of multiply and mix.

A draw is named by (seed, stream, step): the seed of the run, the number of the draw within a training step, and the
number of that step. Its words come four at a time: words 4j to 4j + 3 are Philox of the counter (j, 0, stream, step)
under the key `seed`. (The 0 would be the upper half of j, which is always below 2^32 here.) So a word depends on its
name alone, not on the launch or on any thread, and whoever needs it again makes it again: dropout masks and noise are
never stored, and the backward pass, given the same name, makes the same. Each thread makes four words and uses one or
two: that is cheaper than passing them on.

Words have 32 bits, but live in uint64 here, where the product of two of them fits whole; `& LOW32` cuts off what has
grown beyond. The constants carry their type, for a uint64 with a plain integer would be a signed int64 to Numba, and
a float to NumPy.

Source: Salmon, Moraes, Dror and Shaw, "Parallel Random Numbers: As Easy as 1, 2, 3", SC 2011, section 3.3.
"""

from numba import cuda, uint64

LOW32 = uint64(0xFFFFFFFF)
WORD_BITS = uint64(32)
MULTIPLIER0, MULTIPLIER1 = uint64(0xD2511F53), uint64(0xCD9E8D57)
WEYL0, WEYL1 = uint64(0x9E3779B9), uint64(0xBB67AE85)  # of the golden ratio's fraction and sqrt(3)'s, the first 32 bits


@cuda.jit(device=True)
def philox(c0, c1, c2, c3, seed):
    """Four words for the counter (c0, c1, c2, c3) under the key `seed`. All are uint64, the counters below 2^32."""
    key0 = seed & LOW32
    key1 = seed >> WORD_BITS
    for _ in range(10):
        product0 = MULTIPLIER0 * c0
        product1 = MULTIPLIER1 * c2
        c0 = (product1 >> WORD_BITS) ^ c1 ^ key0
        c1 = product1 & LOW32
        c2 = (product0 >> WORD_BITS) ^ c3 ^ key1
        c3 = product0 & LOW32
        key0 = (key0 + WEYL0) & LOW32  # another key each round
        key1 = (key1 + WEYL1) & LOW32
    return c0, c1, c2, c3


@cuda.jit(device=True)
def draw_words(i, seed, stream, step):
    """The four words of a draw of which word i is one. `step` is an array of one, which the training step itself counts
    up in the device's memory."""
    return philox(uint64(i // 4) & LOW32, uint64(0), stream & LOW32, uint64(step[0]) & LOW32, seed)
