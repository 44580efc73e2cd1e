#include "philox.cuh"

extern "C" __global__ void salt(const float* x, float* y, int size, unsigned threshold, unsigned long long seed,
                                unsigned stream, const long long* step) {
    int i = 4 * (blockIdx.x * blockDim.x + threadIdx.x);
    Words words = draw_words(i, seed, stream, step);
    for (int v = 0; v < 4; ++v)
        if (i + v < size) y[i + v] = words.at[v] < threshold ? 1.0f : x[i + v];
}
