// C = A B, step 5: a square of outputs in registers. A is (M,K), B (K,N), C (M,N), all row by row.
//
// A thread makes TM x TN = 8 x 8 numbers of C. For each k it reads 8 numbers of A and 8 of B into registers and multiplies
// each with each: 16 requests to shared memory for 64 multiply-adds, where step 4 makes 72. The block's tile of C grows to
// 128 x 128, so that half as much is fetched from global memory again.
//
// A thread's rows are BM / TM apart and its columns BN / TN, so that neighbouring threads have neighbouring columns: in
// each request they meet different banks of shared memory, and when C is written they fill whole sectors.
//
// Flaw: every number is moved by a request of its own, of 4 bytes a thread, though a request may have 16.
#define BM 128  // rows of C that a block makes
#define BN 128  // columns
#define BK 8    // steps of k between two fetches
#define TM 8    // rows of C that a thread makes
#define TN 8    // columns
#define THREADS_X (BN / TN)
#define THREADS_Y (BM / TM)
#define THREADS (THREADS_X * THREADS_Y)

extern "C" __global__ void __launch_bounds__(THREADS)
matmul(const float* __restrict__ a, const float* __restrict__ b, float* __restrict__ c, int M, int N, int K) {
    __shared__ float a_tile[BM][BK];
    __shared__ float b_tile[BK][BN];
    int thread = threadIdx.x;
    int x = thread % THREADS_X, y = thread / THREADS_X;
    int first_row = blockIdx.y * BM, first_column = blockIdx.x * BN;

    float sums[TM][TN] = {};
    for (int first = 0; first < K; first += BK) {
        for (int i = thread; i < BM * BK; i += THREADS) {
            int row = first_row + i / BK, k = first + i % BK;
            a_tile[i / BK][i % BK] = row < M && k < K ? a[row * K + k] : 0.0f;
        }
        for (int i = thread; i < BK * BN; i += THREADS) {
            int k = first + i / BN, column = first_column + i % BN;
            b_tile[i / BN][i % BN] = k < K && column < N ? b[k * N + column] : 0.0f;
        }
        __syncthreads();  // the tiles are whole
#pragma unroll
        for (int k = 0; k < BK; ++k) {
            float a_part[TM], b_part[TN];
#pragma unroll
            for (int i = 0; i < TM; ++i) a_part[i] = a_tile[y + i * THREADS_Y][k];
#pragma unroll
            for (int j = 0; j < TN; ++j) b_part[j] = b_tile[k][x + j * THREADS_X];
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
        for (int j = 0; j < TN; ++j) {
            int row = first_row + y + i * THREADS_Y, column = first_column + x + j * THREADS_X;
            if (row < M && column < N) c[row * N + column] = sums[i][j];
        }
    }
}
