// C = A B, step 3: tiles in shared memory. A is (M,K), B (K,N), C (M,N), all row by row.
//
// The threads of a block need the same TILE rows of A and the same TILE columns of B. They fetch these together, TILE
// steps of k at a time, each thread one number of either, and put them into shared memory, where all can read them. So
// a number is fetched once a block and used TILE = 32 times. For 32 steps of k a warp asks global memory for 8 sectors,
// 4 of A and 4 of B, instead of 160.
//
// Flaw: now shared memory is asked twice for each multiply-add, once for A and once for B. It serves one such request of
// a warp per clock, and in a clock 2 or 4 warps, depending on the card, could multiply.
#define TILE 32  // a block is TILE x TILE threads

extern "C" __global__ void __launch_bounds__(TILE * TILE)
matmul(const float* __restrict__ a, const float* __restrict__ b, float* __restrict__ c, int M, int N, int K) {
    __shared__ float a_tile[TILE][TILE];
    __shared__ float b_tile[TILE][TILE];
    int x = threadIdx.x, y = threadIdx.y;
    int row = blockIdx.y * TILE + y;
    int column = blockIdx.x * TILE + x;
    float sum = 0.0f;
    for (int first = 0; first < K; first += TILE) {
        // Zeros beyond the edges add nothing. No thread may leave early: the others need what it fetches.
        a_tile[y][x] = row < M && first + x < K ? a[row * K + first + x] : 0.0f;
        b_tile[y][x] = first + y < K && column < N ? b[(first + y) * N + column] : 0.0f;
        __syncthreads();  // a thread reads what 62 others have put here: all must have done so
        for (int k = 0; k < TILE; ++k) {
            // For a warp, one y: a_tile's number is the same for all, and b_tile's are neighbours, one in each bank.
            sum += a_tile[y][k] * b_tile[k][x];
        }
        __syncthreads();  // the next round overwrites the tiles: all must have read them
    }
    if (row < M && column < N) c[row * N + column] = sum;
}
