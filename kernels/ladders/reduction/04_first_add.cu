// Sum of n floats, step 4: the first addition on the way in.
//
// A thread brings two numbers, THREADS apart so that a warp still reads 32 neighbours at once, and puts their sum into
// shared memory. All threads take part in this first addition, and it needs neither shared memory nor a barrier. A block
// adds up twice as many numbers: there are half as many blocks, and of what a block does half as much.
//
// Flaw: from half = 32 on only one warp is at work, but all 8 wait at a barrier before each of these 6 rounds.
#define THREADS 256  // of a block; a power of two

extern "C" __global__ void __launch_bounds__(THREADS)
reduce(const float* __restrict__ x, float* __restrict__ y, int n) {
    __shared__ float sums[THREADS];
    int t = threadIdx.x;
    int i = blockIdx.x * (2 * THREADS) + t;
    float sum = i < n ? x[i] : 0.0f;
    if (i + THREADS < n) sum += x[i + THREADS];
    sums[t] = sum;
    for (int half = THREADS / 2; half > 0; half /= 2) {
        __syncthreads();  // the upper half is about to be read: its threads must have written
        if (t < half) sums[t] += sums[t + half];
    }
    if (t == 0) y[blockIdx.x] = sums[0];  // thread 0 made the last addition
}
