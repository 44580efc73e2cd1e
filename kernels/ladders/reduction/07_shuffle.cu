// Sum of n floats, step 7: the tree in registers.
//
// __shfl_down_sync(mask, a, half) gives each lane the `a` of the lane `half` places on: a warp adds up its 32 numbers in 5
// rounds without memory, and the lanes wait for each other inside the shuffle. Then the 8 sums of the warps meet in shared
// memory, 32 bytes of it, and the first warp adds them in the same way. One barrier is left, where the warps meet.
//
// Of what memory delivers nothing is asked twice: 4 bytes are read for an addition, and those set the time. Faster than the
// memory no sum can be.
#define THREADS 256  // of a block; whole warps, at most 32 of them
#define WARP 32
#define ALL 0xffffffff  // all 32 lanes take part

// The sum of the warp's 32 numbers, in lane 0. Other lanes get sums that mean nothing: beyond lane 31 there is nobody, and a
// lane that asks there gets its own number back.
__device__ float warp_sum(float a) {
#pragma unroll
    for (int half = WARP / 2; half > 0; half /= 2) a += __shfl_down_sync(ALL, a, half);
    return a;
}

extern "C" __global__ void __launch_bounds__(THREADS)
reduce(const float* __restrict__ x, float* __restrict__ y, int n) {
    __shared__ float sums[THREADS / WARP];  // one a warp
    int t = threadIdx.x;
    int lane = t % WARP, warp = t / WARP;
    float sum = 0.0f;
#pragma unroll 4  // lets the compiler have four loads under way at once
    for (int i = blockIdx.x * THREADS + t; i < n; i += gridDim.x * THREADS) sum += x[i];
    sum = warp_sum(sum);
    if (lane == 0) sums[warp] = sum;
    __syncthreads();  // the first warp reads what the others have written
    if (warp > 0) return;
    sum = warp_sum(lane < THREADS / WARP ? sums[lane] : 0.0f);
    if (lane == 0) y[blockIdx.x] = sum;
}
