// Sum of n floats, step 5: the last warp goes on alone.
//
// Once 64 sums are left, one warp can add them up: the other 7 return, and its own lanes wait for each other with
// __syncwarp(), which costs next to nothing. 3 barriers of the block are left of 8.
//
// Older texts wait for nothing here and declare the array `volatile`, since the lanes of a warp "run in step". From Volta on
// they need not: each lane has its own place in the program, and may read before another has written. `volatile` says
// nothing about an order between lanes. __syncwarp() does: it waits for all, and what they wrote before can be seen after.
//
// Flaw: each pair of numbers costs a thread the whole tree, and while a block's last warp adds, the block reads nothing. For
// a sum, reading is what has to be done; the tree is only how the threads' sums come together.
#define THREADS 256  // of a block; a power of two, at least 64
#define WARP 32

extern "C" __global__ void __launch_bounds__(THREADS)
reduce(const float* __restrict__ x, float* __restrict__ y, int n) {
    __shared__ float sums[THREADS];
    int t = threadIdx.x;
    int i = blockIdx.x * (2 * THREADS) + t;
    float sum = i < n ? x[i] : 0.0f;
    if (i + THREADS < n) sum += x[i + THREADS];
    sums[t] = sum;
    for (int half = THREADS / 2; half > WARP; half /= 2) {
        __syncthreads();  // the upper half is about to be read: its threads must have written
        if (t < half) sums[t] += sums[t + half];
    }
    __syncthreads();  // the first warp reads what the second wrote
    if (t >= WARP) return;  // there is no barrier of the block after this
#pragma unroll
    for (int half = WARP; half > 0; half /= 2) {
        // All 32 lanes add, though only the first `half` sums are used: without a branch the warp stays together.
        float upper = sums[t + half];
        __syncwarp();  // lane t + half overwrites what was just read: all lanes must have read
        sums[t] += upper;
        __syncwarp();  // the next round reads what was just written
    }
    if (t == 0) y[blockIdx.x] = sums[0];
}
