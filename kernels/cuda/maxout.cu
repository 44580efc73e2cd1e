// Maxout: the largest of each group of `pieces` adjacent channels, and who it was.
//
//   maxout        y[o] = max over j of x[o * pieces + j]                       which[o] = the j of that, a byte
//   maxout_grad   dx[o * pieces + j] = which[o] == j ? dy[o] : 0
//
// Channels lie side by side in memory and `pieces` divides them: so the groups of all pixels of all images follow each
// other, and o simply counts them, from 0 to `outputs` - 1. Of equals the first wins; a NaN wins against all numbers.
//
// maxout: thread o of the grid has output o. It reads its `pieces` neighbouring floats one after the other; the 32 threads
// of a warp read one run of memory between them, and what the first of these reads fetches is in the cache for the next.
//
// maxout_grad: thread t has the VECTOR = 4 elements of dx from 4 t on, which may be of several groups, so that what is
// written, the most of it, is written 16 bytes at a time. Neighbouring threads share dy and which through the cache.
//
// Ragged edges: threads of maxout beyond the last output return; the end of dx: see elementwise.cuh.
// Bytes per output: 4 * pieces read and 5 written; backward the same the other way round. No FLOP: comparisons are
// not counted.
#include "elementwise.cuh"

extern "C" __global__ void __launch_bounds__(THREADS)
maxout(const float* __restrict__ x, float* __restrict__ y, unsigned char* __restrict__ which, int outputs, int pieces) {
    int o = blockIdx.x * blockDim.x + threadIdx.x;
    if (o >= outputs) return;
    const float* group = x + o * pieces;
    float best = group[0];
    int winner = 0;
    for (int j = 1; j < pieces; ++j) {
        float value = group[j];
        if (!(value <= best) && best == best) {  // larger, or a NaN; best == best: no NaN has won yet
            best = value;
            winner = j;
        }
    }
    y[o] = best;
    which[o] = winner;
}

extern "C" __global__ void __launch_bounds__(THREADS)
maxout_grad(const float* __restrict__ dy, const unsigned char* __restrict__ which, float* __restrict__ dx, int size,
            int pieces) {
    int i = my_element();
    int o = i / pieces, j = i % pieces;  // of element i; the next elements are counted on from it, without dividing again
    Vector value = {};
    for (int v = 0; v < VECTOR; ++v) {
        if (v < size - i && which[o] == j) value.at[v] = dy[o];
        if (++j == pieces) {
            j = 0;
            ++o;
        }
    }
    store(dx, i, size, value);
}
