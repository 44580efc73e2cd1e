// Dropout: each element becomes 0 with probability p, the others are divided by 1 - p. Its own gradient.
//
//   y = x * (word >= threshold ? scale : 0)         threshold = p * 2^32         scale = 1 / (1 - p)
//
// `word` is the element's Philox word of the draw: 32 random bits, see philox.cuh. They are compared as integers, so the
// mask is the same bits on every machine. It is not stored: the backward pass launches the same kernel on dy, with the
// same draw, and makes the same mask again, which costs less than to write and to read it would.
//
// Thread t has elements 4 t to 4 t + 3, the four words of one Philox call; ragged edges: see elementwise.cuh. No shared
// memory, no barrier. Per element 4 bytes read, 4 written, 25 integer operations, 1 FLOP.
#include "elementwise.cuh"
#include "philox.cuh"
static_assert(VECTOR == 4, "one Philox call makes four words, one for each element of a thread");

extern "C" __global__ void __launch_bounds__(THREADS)
dropout(const float* __restrict__ x, float* __restrict__ y, int size, unsigned threshold, float scale,
        unsigned long long seed, unsigned stream, const long long* __restrict__ step) {
    int i = my_element();
    Vector value = load(x, i, size);
    Words words = draw_words(i, seed, stream, step);
    for (int v = 0; v < VECTOR; ++v) value.at[v] *= words.at[v] >= threshold ? scale : 0.0f;
    store(y, i, size, value);
}
