// Convolution, step 5: the kernel that trains, conv2d.cu, as it is. x (N,H,W,C), w (R,S,C,K), y (N,P,Q,K), no padding.
//
// It is the implicit GEMM of step 4. What is new is told in conv2d.cu and tile.cuh:
//   - 4 neighbours move in one request of 16 bytes, wherever C and K divide by 4. So that a thread's rows are neighbours in
//     shared memory, the tile of A is turned on its way there.
//   - Two slabs in shared memory: one is multiplied while the next is fetched, and one barrier a round is enough.
//   - The tile is chosen by the shape, from six; where its blocks are few, several share the depth of one tile, and each
//     writes its part of the sum.
//
// For the two pictures of the table it chooses tiles of 128 x 8 and splits the depth by 8: 192 blocks where step 4 has 6,
// paid for with 4.5 times the traffic. At a batch of 100 its tiles are 128 x 64, and the traffic is that of step 4.
#include "conv2d.cu"

// y = the sum of `splits` parts of `size` numbers each, in order, so that every run gives the same bits. A thread a number;
// neighbouring threads have neighbours. (In training this is `sum` of reduce.cu.)
extern "C" __global__ void __launch_bounds__(256)
add_up(const float* __restrict__ parts, float* __restrict__ y, int size, int splits) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= size) return;
    float sum = 0.0f;
    for (int split = 0; split < splits; ++split) sum += parts[split * size + i];
    y[i] = sum;
}
