#include "philox.cuh"

extern "C" __global__ void salt(const float* x, float* y, int size, unsigned threshold, unsigned long long seed,
                                unsigned stream, const long long* step) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= size) return;
    Words words = draw_words(i, seed, stream, step);
    y[i] = words.at[0] < threshold ? 1.0f : x[i];  // your code: four elements a thread, each with its own word
}
