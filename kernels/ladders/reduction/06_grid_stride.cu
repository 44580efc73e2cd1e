// Sum of n floats, step 6: many numbers a thread.
//
// However large n is, at most 1024 blocks are started, which fill a GPU. A thread walks through x in strides as long as the
// grid, and adds up in a register what it meets; in each stride neighbouring threads read neighbours. The tree with its
// barriers comes once for all numbers of a thread, and two launches are enough for any n.
//
// Flaw: the tree still goes through shared memory: for each addition two reads and a write, and a wait for the other lanes.
// But lanes of a warp can hand each other registers.
#define THREADS 256  // of a block; a power of two, at least 64
#define WARP 32

extern "C" __global__ void __launch_bounds__(THREADS)
reduce(const float* __restrict__ x, float* __restrict__ y, int n) {
    __shared__ float sums[THREADS];
    int t = threadIdx.x;
    float sum = 0.0f;
#pragma unroll 4  // lets the compiler have four loads under way at once
    for (int i = blockIdx.x * THREADS + t; i < n; i += gridDim.x * THREADS) sum += x[i];
    sums[t] = sum;
    for (int half = THREADS / 2; half > WARP; half /= 2) {
        __syncthreads();  // the upper half is about to be read: its threads must have written
        if (t < half) sums[t] += sums[t + half];
    }
    __syncthreads();  // the first warp reads what the second wrote
    if (t >= WARP) return;
#pragma unroll
    for (int half = WARP; half > 0; half /= 2) {
        float upper = sums[t + half];
        __syncwarp();  // all lanes have read what is overwritten now
        sums[t] += upper;
        __syncwarp();  // all lanes have written what is read next
    }
    if (t == 0) y[blockIdx.x] = sums[0];
}
