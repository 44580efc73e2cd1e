// C = A B, step 6: 16 bytes a request. A is (M,K), B (K,N), C (M,N), all row by row; N and K are multiples of 4.
//
// A float4 moves four neighbours at once. From global memory a thread fetches one of A and one of B, not 4 + 4 numbers. For
// each k it reads 2 of A's tile and 2 of B's: 4 requests for 64 multiply-adds, not 16. For that a thread's rows must be
// neighbours in A's tile, which is therefore turned on its way into shared memory: a_tile[k][row].
//
// A thread's 8 columns come in two groups of four, half a tile apart. A request of 16 bytes is served 8 threads at a time:
// those read 8 neighbouring groups, and so each of the 32 banks once. With 8 columns in one piece, 4 threads would meet the
// other 4 in the same banks. PAD is for the threads that write a_tile: of a warp, 16 write into row k and 16 into row
// k + 4, and 4 * (BM + PAD) is 16 more than a multiple of 32, which puts those into the other 16 banks.
//
// Flaw: two barriers a tile, and between them the threads do nothing but wait for global memory.
#define BM 128  // rows of C that a block makes
#define BN 128  // columns
#define BK 8    // steps of k between two fetches
#define TM 8    // rows of C that a thread makes, as 2 x 4
#define TN 8    // columns, as 2 x 4
#define PAD 4
#define THREADS_X (BN / TN)
#define THREADS (THREADS_X * (BM / TM))
static_assert(THREADS * 4 == BM * BK && THREADS * 4 == BK * BN, "each thread fetches one float4 of A and one of B");

extern "C" __global__ void __launch_bounds__(THREADS)
matmul(const float* __restrict__ a, const float* __restrict__ b, float* __restrict__ c, int M, int N, int K) {
    __shared__ __align__(16) float a_tile[BK][BM + PAD];
    __shared__ __align__(16) float b_tile[BK][BN];
    int thread = threadIdx.x;
    int x = thread % THREADS_X * 4, y = thread / THREADS_X * 4;  // makes columns from x and BN / 2 + x, rows likewise
    int first_row = blockIdx.y * BM, first_column = blockIdx.x * BN;

    int a_row = thread / (BK / 4), a_k = thread % (BK / 4) * 4;  // fetches these numbers of A and the 3 behind it
    int b_k = thread / (BN / 4), b_column = thread % (BN / 4) * 4;

    float sums[TM][TN] = {};
    for (int first = 0; first < K; first += BK) {
        float4 a_chunk = {}, b_chunk = {};
        int row = first_row + a_row, column = first_column + b_column;
        if (row < M && first + a_k < K) a_chunk = *(const float4*)&a[row * K + first + a_k];
        if (first + b_k < K && column < N) b_chunk = *(const float4*)&b[(first + b_k) * N + column];
        a_tile[a_k][a_row] = a_chunk.x;
        a_tile[a_k + 1][a_row] = a_chunk.y;
        a_tile[a_k + 2][a_row] = a_chunk.z;
        a_tile[a_k + 3][a_row] = a_chunk.w;
        *(float4*)&b_tile[b_k][b_column] = b_chunk;
        __syncthreads();  // the tiles are whole
#pragma unroll
        for (int k = 0; k < BK; ++k) {
            float a_part[TM], b_part[TN];
#pragma unroll
            for (int i = 0; i < TM; i += 4) *(float4*)&a_part[i] = *(const float4*)&a_tile[k][i / 4 * (BM / 2) + y];
#pragma unroll
            for (int j = 0; j < TN; j += 4) *(float4*)&b_part[j] = *(const float4*)&b_tile[k][j / 4 * (BN / 2) + x];
#pragma unroll
            for (int i = 0; i < TM; ++i) {
#pragma unroll
                for (int j = 0; j < TN; ++j) sums[i][j] += a_part[i] * b_part[j];
            }
        }
        __syncthreads();  // nobody reads the tiles any more
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
