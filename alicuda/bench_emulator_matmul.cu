// C = A B for square matrices of n x n floats, row by row: what `python -m alicuda.bench emulator` measures.
//
// A block of TILE / 4 x TILE / 4 threads computes TILE x TILE outputs, each thread 4 x 4 of them in registers. It stages
// TILE x STEP floats of A and STEP x TILE of B in shared memory, STEP columns of A after the other: each float is then
// read from global memory once a block, and not by each of the TILE threads and more that need it. n is a multiple of
// TILE and of STEP.
#ifndef TILE
#define TILE 64
#endif
#define STEP 32
#define EACH 4
#define SIDE (TILE / EACH)

extern "C" __global__ void __launch_bounds__(SIDE * SIDE) matmul(const float* __restrict__ a, const float* __restrict__ b,
                                                                 float* __restrict__ c, int n) {
    __shared__ float a_tile[STEP][TILE];  // transposed: the four rows of a thread are neighbours
    __shared__ float b_tile[STEP][TILE];
    int thread = threadIdx.y * SIDE + threadIdx.x;
    int row = blockIdx.y * TILE, column = blockIdx.x * TILE;
    float sum[EACH][EACH] = {};
    for (int k = 0; k < n; k += STEP) {
        for (int i = thread; i < TILE * STEP; i += SIDE * SIDE) {
            a_tile[i % STEP][i / STEP] = a[(row + i / STEP) * n + k + i % STEP];
            b_tile[i / TILE][i % TILE] = b[(k + i / TILE) * n + column + i % TILE];
        }
        __syncthreads();  // both tiles are there
        #pragma unroll
        for (int s = 0; s < STEP; ++s) {
            float left[EACH], right[EACH];
            #pragma unroll
            for (int i = 0; i < EACH; ++i) {
                left[i] = a_tile[s][threadIdx.y * EACH + i];
                right[i] = b_tile[s][threadIdx.x * EACH + i];
            }
            #pragma unroll
            for (int i = 0; i < EACH; ++i) {
                #pragma unroll
                for (int j = 0; j < EACH; ++j) sum[i][j] += left[i] * right[j];
            }
        }
        __syncthreads();  // nobody reads them any more
    }
    for (int i = 0; i < EACH; ++i)
        for (int j = 0; j < EACH; ++j)
            c[(row + threadIdx.y * EACH + i) * n + column + threadIdx.x * EACH + j] = sum[i][j];
}
