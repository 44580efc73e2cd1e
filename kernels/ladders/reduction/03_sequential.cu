// Sum of n floats, step 3: the upper half onto the lower half.
//
// In each round thread t adds place t + half into place t, for half = 128, 64, ..., 1. The threads at work are again the
// first ones, and now their places are neighbours as well: 32 lanes read 32 banks, and no conflict is left.
//
//     places      0 1 2 3 4 5 6 7
//     half = 4    + + + + - - - -      thread 0 adds 4 into 0, thread 1 adds 5 into 1, ...
//     half = 2    + + - -              thread 0 adds 2 into 0, thread 1 adds 3 into 1
//
// Flaw: in the first and largest round half of the threads have nothing to do, nor ever after it. They were started only to
// bring one number into shared memory.
#define THREADS 256  // of a block; a power of two

extern "C" __global__ void __launch_bounds__(THREADS)
reduce(const float* __restrict__ x, float* __restrict__ y, int n) {
    __shared__ float sums[THREADS];
    int t = threadIdx.x;
    int i = blockIdx.x * THREADS + t;
    sums[t] = i < n ? x[i] : 0.0f;
    for (int half = THREADS / 2; half > 0; half /= 2) {
        // The upper half is about to be read: its threads must have written, before the loop or one round ago. Nobody reads
        // there what is written in this round, so one barrier a round is enough.
        __syncthreads();
        if (t < half) sums[t] += sums[t + half];
    }
    if (t == 0) y[blockIdx.x] = sums[0];  // thread 0 made the last addition
}
