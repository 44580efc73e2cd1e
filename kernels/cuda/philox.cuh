// Philox4x32-10: random numbers that are a function of a counter, ten rounds of multiply and mix.
//
// A draw is named by (seed, stream, step). Its element i is word i % 4 of Philox at the counter (i / 4, 0, stream, step)
// under the key `seed`: it depends neither on the grid nor on any thread, and whoever needs it again makes it again. So
// masks and noise are never stored. One call makes four words: those of the four elements that a thread has.
//
// The step number is read from device memory, where the training step itself counts it up.
// Integer operations per call: 10 * (4 multiplications, 4 xors, 2 additions), that is 25 an element.
//
// Source: Salmon, Moraes, Dror and Shaw, "Parallel Random Numbers: As Easy as 1, 2, 3", SC 2011, section 3.3.
#pragma once

struct Words {
    unsigned at[4];
};

__device__ Words philox(Words counter, unsigned long long seed) {
    unsigned key0 = (unsigned)seed, key1 = (unsigned)(seed >> 32);
    Words c = counter;
    for (int round = 0; round < 10; ++round) {
        unsigned high0 = __umulhi(0xD2511F53u, c.at[0]), low0 = 0xD2511F53u * c.at[0];  // a product of 64 bits each
        unsigned high1 = __umulhi(0xCD9E8D57u, c.at[2]), low1 = 0xCD9E8D57u * c.at[2];
        c = Words{{high1 ^ c.at[1] ^ key0, low1, high0 ^ c.at[3] ^ key1, low0}};
        key0 += 0x9E3779B9u;  // another key each round: golden ratio, sqrt(3) - 1
        key1 += 0xBB67AE85u;
    }
    return c;
}

// Words i to i + 3 of a draw; i is a multiple of 4. (i / 4 fits in one word of the counter, its second is 0.)
__device__ Words draw_words(int i, unsigned long long seed, unsigned stream, const long long* step) {
    return philox(Words{{(unsigned)i / 4, 0, stream, (unsigned)*step}}, seed);
}
