// Convolution, step 4: implicit GEMM. x (N,H,W,C), w (R,S,C,K), y (N,P,Q,K), no padding.
//
// Nobody needs the matrix A of the columns as a whole. A block gathers the tile of it that it multiplies next straight from
// x, on its way into shared memory: one launch, and no columns in memory.
//
// To gather a number costs arithmetic: where in x is step d of row `row` of A? So it should be used often. A block makes
// 64 x 64 outputs, twice as many each way as in step 3, and a thread 4 x 4 of them in registers: for 16 multiply-adds it
// reads 4 numbers of A and 4 of B from shared memory, for 32 before. And a thread gathers for the same 8 rows all the time,
// and for one step a round: it computes once where the rows' windows begin, and once a round where the step lies in one.
//
// Flaw: 4 bytes at a time, and one size for all. Every number moves by a request of its own, where 16 bytes would be as
// easy; there are two barriers a round; and where pixels are few, so are blocks of 64 x 64, and most of a GPU is idle.
#define SIDE 64                   // a block makes SIDE x SIDE outputs
#define DEPTH 32                  // steps of the depth in a round: a warp gathers 32 neighbours
#define EACH 4                    // a thread makes EACH x EACH outputs
#define ACROSS (SIDE / EACH)      // threads side by side, and one below the other
#define THREADS (ACROSS * ACROSS)
#define FETCHED (SIDE * DEPTH / THREADS)  // numbers of A that a thread fetches a round, and of B

extern "C" __global__ void __launch_bounds__(THREADS)
conv2d(const float* __restrict__ x, const float* __restrict__ w, float* __restrict__ y, int N, int H, int W, int C,
       int R, int S, int K, int P, int Q, int stride) {
    __shared__ float a[SIDE][DEPTH + 1];  // + 1: the two rows that a warp reads below are in different banks
    __shared__ float b[DEPTH][SIDE];
    int t = threadIdx.x;
    int i0 = t / ACROSS, j0 = t % ACROSS;  // its outputs are in rows i0, i0 + ACROSS, ..., and columns j0, j0 + ACROSS, ...
    int first_row = blockIdx.x * SIDE, first_k = blockIdx.y * SIDE;
    int M = N * P * Q, depth = R * S * C;

    int corners[FETCHED];  // where in x the windows begin of the rows that this thread gathers for
#pragma unroll
    for (int f = 0; f < FETCHED; ++f) {
        // Rows beyond M: the last one once more, which may be read; what comes of it is not written.
        int row = min(first_row + t / DEPTH + f * (THREADS / DEPTH), M - 1);
        corners[f] = ((row / (P * Q) * H + row / Q % P * stride) * W + row % Q * stride) * C;
    }
    float sums[EACH][EACH] = {};
    for (int first = 0; first < depth; first += DEPTH) {
        int d = first + t % DEPTH, r = d / (S * C);
        int inside = r * W * C + (d - r * S * C);  // of a window: r lines down, and S*C numbers of a line are neighbours
#pragma unroll
        for (int f = 0; f < FETCHED; ++f) {
            a[t / DEPTH + f * (THREADS / DEPTH)][t % DEPTH] = d < depth ? x[corners[f] + inside] : 0.0f;
            int line = t / SIDE + f * (THREADS / SIDE), k = first_k + t % SIDE;
            b[line][t % SIDE] = first + line < depth && k < K ? w[(first + line) * K + k] : 0.0f;
        }
        __syncthreads();  // the tiles are read next, by all
#pragma unroll
        for (int d = 0; d < DEPTH; ++d) {
            float a_part[EACH], b_part[EACH];
            for (int i = 0; i < EACH; ++i) a_part[i] = a[i0 + i * ACROSS][d];
            for (int j = 0; j < EACH; ++j) b_part[j] = b[d][j0 + j * ACROSS];
            for (int i = 0; i < EACH; ++i) {
                for (int j = 0; j < EACH; ++j) sums[i][j] += a_part[i] * b_part[j];
            }
        }
        __syncthreads();  // the next round overwrites the tiles: all must have read them
    }
    for (int i = 0; i < EACH; ++i) {
        for (int j = 0; j < EACH; ++j) {
            int row = first_row + i0 + i * ACROSS, k = first_k + j0 + j * ACROSS;
            if (row < M && k < K) y[row * K + k] = sums[i][j];
        }
    }
}
