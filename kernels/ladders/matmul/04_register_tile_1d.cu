// C = A B, step 4: a column of outputs in registers. A is (M,K), B (K,N), C (M,N), all row by row.
//
// A thread makes TM = 8 numbers of C, below each other. For each k it reads one number of B's tile, keeps it in a register
// and uses it 8 times: 9 requests to shared memory for 8 multiply-adds, where step 3 makes 16. As a thread makes more, the
// block's tile of C grows to 64 x 64 without more threads, and a number from global memory is used 64 times, not 32.
//
// The tiles of A and B are only BK = 8 steps of k deep, so that each of the 512 threads fetches one number of either.
//
// Flaw: only B's number is used again. Each of the 8 of A that come with it serves a single multiply-add of the thread.
#define BM 64  // rows of C that a block makes
#define BN 64  // columns
#define BK 8   // steps of k between two fetches
#define TM 8   // rows of C that a thread makes
#define THREADS (BM / TM * BN)
static_assert(THREADS == BM * BK && THREADS == BK * BN, "each thread fetches one number of A and one of B");

extern "C" __global__ void __launch_bounds__(THREADS)
matmul(const float* __restrict__ a, const float* __restrict__ b, float* __restrict__ c, int M, int N, int K) {
    __shared__ float a_tile[BM][BK];
    __shared__ float b_tile[BK][BN];
    int thread = threadIdx.x;
    int x = thread % BN, y = thread / BN;  // makes column x of the block's tile, rows y * TM to y * TM + TM - 1
    int first_row = blockIdx.y * BM, first_column = blockIdx.x * BN;

    // What it fetches is another matter: there, neighbouring threads have neighbours in memory, BK of A and BN of B.
    int a_row = thread / BK, a_k = thread % BK;
    int b_k = thread / BN, b_column = thread % BN;

    float sums[TM] = {};
    for (int first = 0; first < K; first += BK) {
        bool a_there = first_row + a_row < M && first + a_k < K;
        bool b_there = first + b_k < K && first_column + b_column < N;
        a_tile[a_row][a_k] = a_there ? a[(first_row + a_row) * K + first + a_k] : 0.0f;
        b_tile[b_k][b_column] = b_there ? b[(first + b_k) * N + first_column + b_column] : 0.0f;
        __syncthreads();  // the tiles are whole
#pragma unroll
        for (int k = 0; k < BK; ++k) {
            float b_number = b_tile[k][x];
#pragma unroll
            for (int i = 0; i < TM; ++i) sums[i] += a_tile[y * TM + i][k] * b_number;
        }
        __syncthreads();  // nobody reads the tiles any more
    }
#pragma unroll
    for (int i = 0; i < TM; ++i) {
        int row = first_row + y * TM + i, column = first_column + x;
        if (row < M && column < N) c[row * N + column] = sums[i];
    }
}
