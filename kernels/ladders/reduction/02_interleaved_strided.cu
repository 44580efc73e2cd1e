// Sum of n floats, step 2: the same tree, its threads side by side.
//
// The same places are added as in step 1, but by other threads: pair number t by thread t. In the first round these are the
// threads of 4 whole warps, then of 2, then of 1, and warps without a pair have nothing to do. A block's warps add 12 times,
// for 47 times before, with most of their lanes at work. The division is gone as well: `%` takes many instructions.
//
// Flaw: now the lanes of a warp read places 2, 4, 8, ... apart. Shared memory has 32 banks, and place i is in bank i % 32:
// at a distance of 8 the 32 lanes meet in 4 banks, 8 in each, and are served one after the other ("8-way conflict"). Shared
// memory is busy for exactly as long with these 12 additions as with the 47 of step 1.
#define THREADS 256  // of a block; a power of two

extern "C" __global__ void __launch_bounds__(THREADS)
reduce(const float* __restrict__ x, float* __restrict__ y, int n) {
    __shared__ float sums[THREADS];
    int t = threadIdx.x;
    int i = blockIdx.x * THREADS + t;
    sums[t] = i < n ? x[i] : 0.0f;
    for (int apart = 1; apart < THREADS; apart *= 2) {
        __syncthreads();  // other threads wrote what is read now, before the loop or one round ago
        int place = 2 * apart * t;
        if (place < THREADS) sums[place] += sums[place + apart];
    }
    if (t == 0) y[blockIdx.x] = sums[0];  // thread 0 made the last addition
}
