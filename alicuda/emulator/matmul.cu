// C = A B for square matrices of n x n floats, row by row: what `python -m alicuda.bench emulator` measures.
//
// A block of 16 x 16 threads computes a tile of 64 x 64 outputs, each thread 4 x 4 of them in registers. For every 32
// columns of A the block stages its 64 x 32 of A and 32 x 64 of B in shared memory: each float of them is then read
// from global memory once a block instead of 64 times. n is a multiple of TILE.
#ifndef TILE
#define TILE 64
#endif
#define STEP 32
#define EACH (TILE / 16)

extern "C" __global__ void __launch_bounds__(256) matmul(const float* __restrict__ a, const float* __restrict__ b,
                                                         float* __restrict__ c, int n) {
    __shared__ float a_tile[STEP][TILE];
    __shared__ float b_tile[STEP][TILE];
    int thread = threadIdx.y * 16 + threadIdx.x;
    int row = blockIdx.y * TILE, column = blockIdx.x * TILE;
    float sum[EACH][EACH] = {};
    for (int k = 0; k < n; k += STEP) {
        for (int i = thread; i < TILE * STEP; i += 256) {
            a_tile[i % STEP][i / STEP] = a[(row + i / STEP) * n + k + i % STEP];
            b_tile[i / TILE][i % TILE] = b[(k + i / TILE) * n + column + i % TILE];
        }
        __syncthreads();  // the tiles are there
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
