// C = A B, step 7: two buffers. A is (M,K), B (K,N), C (M,N), all row by row; N and K are multiples of 4.
//
// There are two pairs of tiles in shared memory. While the threads multiply what is in one, the next numbers are under way
// from global memory: each thread asks for its two float4 before it multiplies and puts them into the other pair after
// that. In between they are in registers, where nobody waits for a number until it is used. One barrier a tile, not two.
//
// Flaw: a warp, 16 x 2 threads, makes 16 rows and 128 columns. For each k it needs 144 numbers for 2,048 multiply-adds, in
// 4 requests a thread; 64 x 64 would need 128 for 4,096.
#define BM 128  // rows of C that a block makes
#define BN 128  // columns
#define BK 8    // steps of k between two fetches
#define TM 8    // rows of C that a thread makes, as 2 x 4
#define TN 8    // columns, as 2 x 4
#define PAD 4   // see step 6
#define THREADS_X (BN / TN)
#define THREADS (THREADS_X * (BM / TM))
static_assert(THREADS * 4 == BM * BK && THREADS * 4 == BK * BN, "each thread fetches one float4 of A and one of B");

extern "C" __global__ void __launch_bounds__(THREADS)
matmul(const float* __restrict__ a, const float* __restrict__ b, float* __restrict__ c, int M, int N, int K) {
    __shared__ __align__(16) float a_tiles[2][BK][BM + PAD];
    __shared__ __align__(16) float b_tiles[2][BK][BN];
    int thread = threadIdx.x;
    int x = thread % THREADS_X * 4, y = thread / THREADS_X * 4;  // makes columns from x and BN / 2 + x, rows likewise
    int first_row = blockIdx.y * BM, first_column = blockIdx.x * BN;

    int a_row = thread / (BK / 4), a_k = thread % (BK / 4) * 4;
    int b_k = thread / (BN / 4), b_column = thread % (BN / 4) * 4;

    float sums[TM][TN] = {};
    for (int round = 0;; ++round) {  // fetches tile `round` and multiplies the one before
        int first = round * BK;
        float4 a_chunk = {}, b_chunk = {};
        int row = first_row + a_row, column = first_column + b_column;
        if (row < M && first + a_k < K) a_chunk = *(const float4*)&a[row * K + first + a_k];
        if (first + b_k < K && column < N) b_chunk = *(const float4*)&b[(first + b_k) * N + column];
        if (round > 0) {
#pragma unroll
            for (int k = 0; k < BK; ++k) {
                float a_part[TM], b_part[TN];
                const float *a_line = a_tiles[(round - 1) % 2][k] + y, *b_line = b_tiles[(round - 1) % 2][k] + x;
#pragma unroll
                for (int i = 0; i < TM; i += 4) *(float4*)&a_part[i] = *(const float4*)&a_line[i / 4 * (BM / 2)];
#pragma unroll
                for (int j = 0; j < TN; j += 4) *(float4*)&b_part[j] = *(const float4*)&b_line[j / 4 * (BN / 2)];
#pragma unroll
                for (int i = 0; i < TM; ++i) {
#pragma unroll
                    for (int j = 0; j < TN; ++j) sums[i][j] += a_part[i] * b_part[j];
                }
            }
        }
        if (first >= K) break;  // for all threads alike: nobody is left waiting at the barrier
        a_tiles[round % 2][a_k][a_row] = a_chunk.x;
        a_tiles[round % 2][a_k + 1][a_row] = a_chunk.y;
        a_tiles[round % 2][a_k + 2][a_row] = a_chunk.z;
        a_tiles[round % 2][a_k + 3][a_row] = a_chunk.w;
        *(float4*)&b_tiles[round % 2][b_k][b_column] = b_chunk;
        // These tiles are whole, to be read in the next round. The others have been read, to be overwritten there.
        __syncthreads();
    }
#pragma unroll
    for (int i = 0; i < TM; ++i) {
#pragma unroll
        for (int j = 0; j < TN; j += 4) {
            int row = first_row + i / 4 * (BM / 2) + y + i % 4, column = first_column + j / 4 * (BN / 2) + x;
            if (row < M && column < N) *(float4*)&c[row * N + column] = *(const float4*)&sums[i][j];
        }
    }
}
