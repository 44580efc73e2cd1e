// Sum of n floats, step 1: a tree in shared memory, its threads scattered.
//
// A block adds up THREADS numbers: each thread brings one into shared memory, and then neighbours are added two by two,
// pairs of those, and so on, until place 0 holds the sum of all. The block writes it into y[blockIdx.x]. The same kernel is
// launched again on these partial sums, until one is left. Blocks cannot wait for each other; a launch's end is how they do.
//
//     places      0 1 2 3 4 5 6 7      thread 0 adds 1 into 0, thread 2 adds 3 into 2, thread 4 adds 5 into 4, ...
//     apart = 1   +---+---+---+---     (round 1)
//     apart = 2   +-------+-------     thread 0 adds 2 into 0, thread 4 adds 6 into 4, ...
//
// Flaw: the threads that add are 2, 4, 8, ... apart. A warp takes the branch if a single one of its 32 threads does, and
// its other threads wait meanwhile: up to the fifth round each of the 8 warps is at work, in the end for one addition each.
#define THREADS 256  // of a block; a power of two

extern "C" __global__ void __launch_bounds__(THREADS)
reduce(const float* __restrict__ x, float* __restrict__ y, int n) {
    __shared__ float sums[THREADS];
    int t = threadIdx.x;
    int i = blockIdx.x * THREADS + t;
    sums[t] = i < n ? x[i] : 0.0f;  // beyond the end zeros, which add nothing; all threads are needed at the barriers
    for (int apart = 1; apart < THREADS; apart *= 2) {
        __syncthreads();  // place t + apart was written by another thread, before the loop or one round ago
        if (t % (2 * apart) == 0) sums[t] += sums[t + apart];
    }
    if (t == 0) y[blockIdx.x] = sums[0];  // no barrier before this: thread 0 itself made the last addition
}
