// C = A B, step 8: a square for each warp. A is (M,K), B (K,N), C (M,N), all row by row; N and K are multiples of 4.
//
// The block's 128 x 128 tile of C is cut into 4 squares of 64 x 64, one for each warp. The warp's threads stand in 4 rows of
// 8, and each makes 16 x 8 numbers of the square. For one k it reads 16 + 8 numbers with 6 requests to shared memory, and
// makes 128 multiply-adds of them; in step 7 it was 4 requests for 64. A warp needs 128 different numbers for its 4,096
// multiply-adds, before 144 for 2,048. Half as many threads may have twice as many registers each, and need them.
//
// A thread's rows come in 4 groups of four, 16 apart, and its columns in 2, 32 apart: as in step 6, the 8 threads that are
// served at a time read 8 neighbouring groups of B, and one of A.
//
// What a vendor's library still has more: copies straight into shared memory (cp.async, TMA), several tiles ahead; tensor
// cores; tiles chosen for the size of the problem; an order of blocks that suits the second-level cache.
#define BM 128  // rows of C that a block makes
#define BN 128  // columns
#define BK 8    // steps of k between two fetches
#define WM 64   // rows of C that a warp makes
#define WN 64   // columns
#define TM 16   // rows of C that a thread makes, as 4 x 4
#define TN 8    // columns, as 2 x 4
#define PAD 4   // see step 6
#define THREADS (BM / WM * (BN / WN) * 32)
static_assert(WM / TM * (WN / TN) == 32, "a warp's threads fill its part of the tile");
#define MY_ROW(i) ((i) / 4 * (WM / TM * 4) + y + (i) % 4)
#define MY_COLUMN(j) ((j) / 4 * (WN / TN * 4) + x + (j) % 4)

extern "C" __global__ void __launch_bounds__(THREADS)
matmul(const float* __restrict__ a, const float* __restrict__ b, float* __restrict__ c, int M, int N, int K) {
    __shared__ __align__(16) float a_tiles[2][BK][BM + PAD];
    __shared__ __align__(16) float b_tiles[2][BK][BN];
    int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
    int x = warp % (BN / WN) * WN + lane % (WN / TN) * 4;  // its first column in the block's tile
    int y = warp / (BN / WN) * WM + lane / (WN / TN) * 4;  // and its first row
    int first_row = blockIdx.y * BM, first_column = blockIdx.x * BN;
    float sums[TM][TN] = {};
    for (int round = 0;; ++round) {  // fetches tile `round` and multiplies the one before
        float4 a_chunks[2] = {}, b_chunks[2] = {};
        for (int i = 0; i < 2; ++i) {
            int chunk = threadIdx.x + i * THREADS;
            int row = first_row + chunk / (BK / 4), a_k = round * BK + chunk % (BK / 4) * 4;
            int b_k = round * BK + chunk / (BN / 4), column = first_column + chunk % (BN / 4) * 4;
            if (row < M && a_k < K) a_chunks[i] = *(const float4*)&a[row * K + a_k];
            if (b_k < K && column < N) b_chunks[i] = *(const float4*)&b[b_k * N + column];
        }
        if (round > 0) {
#pragma unroll
            for (int k = 0; k < BK; ++k) {
                float a_part[TM], b_part[TN];
                const float *a_line = a_tiles[(round - 1) % 2][k], *b_line = b_tiles[(round - 1) % 2][k];
#pragma unroll
                for (int i = 0; i < TM; i += 4) *(float4*)&a_part[i] = *(const float4*)&a_line[MY_ROW(i)];
#pragma unroll
                for (int j = 0; j < TN; j += 4) *(float4*)&b_part[j] = *(const float4*)&b_line[MY_COLUMN(j)];
#pragma unroll
                for (int i = 0; i < TM; ++i) {
#pragma unroll
                    for (int j = 0; j < TN; ++j) sums[i][j] += a_part[i] * b_part[j];
                }
            }
        }
        if (round * BK >= K) break;  // for all threads alike: nobody is left waiting at the barrier
        for (int i = 0; i < 2; ++i) {
            int chunk = threadIdx.x + i * THREADS;
            int row = chunk / (BK / 4), a_k = chunk % (BK / 4) * 4;
            a_tiles[round % 2][a_k][row] = a_chunks[i].x;
            a_tiles[round % 2][a_k + 1][row] = a_chunks[i].y;
            a_tiles[round % 2][a_k + 2][row] = a_chunks[i].z;
            a_tiles[round % 2][a_k + 3][row] = a_chunks[i].w;
            *(float4*)&b_tiles[round % 2][chunk / (BN / 4)][chunk % (BN / 4) * 4] = b_chunks[i];
        }
        // These tiles are whole, to be read in the next round. The others have been read, to be overwritten there.
        __syncthreads();
    }
#pragma unroll
    for (int i = 0; i < TM; ++i) {
#pragma unroll
        for (int j = 0; j < TN; j += 4) {
            int row = first_row + MY_ROW(i), column = first_column + MY_COLUMN(j);
            if (row < M && column < N) *(float4*)&c[row * N + column] = *(const float4*)&sums[i][j];
        }
    }
}
