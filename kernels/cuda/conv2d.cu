// Convolution: y[n,p,q,k] = sum over r,s,c of x[n, p*stride + r, q*stride + s, c] * w[r,s,c,k].
//
// Images x (N,H,W,C) and y (N,P,Q,K), filters w (R,S,C,K), valid: P = (H - R) / stride + 1, Q likewise.
//
// As a matrix product ("implicit GEMM"): O = A B with a row for each output pixel (n,p,q), M = N*P*Q of them, a column
// for each output channel k, and a depth of R*S*C. B is w as it lies in memory, and O is y. A would be the matrix whose
// row (n,p,q) holds the R*S*C pixels under the filter there ("im2col"); it is R*S times as large as x, and nobody makes
// it: the block fetches the parts that it needs of it straight from x. In a row of A, the S*C numbers of one r are
// neighbours in x, too, because W and C are x's last axes: a row of A is R runs of S*C floats, W*C apart.
//
// Who owns what (the matrix product itself is told in tile.cuh). Block (bx, by, bz) makes the tile of y with output
// pixels from bx * BM and channels from by * BN on. Each element of y is written by one thread, the one in whose
// registers it was added up: element (i, j) of a thread is pixel bx * BM + my_row(i), channel by * BN + my_column(j).
//
// Where M and K give too few blocks to fill a GPU, `splits` blocks bz share the depth of a tile: block bz adds up its
// slabs and writes y[bz]. The host then sums over bz, in order (`sum`, in reduce.cu): the same bits in every run.
//
// slabs[0] and slabs[1]: what the block has fetched for the current slab and for the next. While the threads multiply
// the one, the loads for the other are under way (they wait in the registers a_chunks and b_chunks).
//
// Ragged edges. The depth beyond R*S*C is fetched as 0 and adds nothing. For rows beyond M and columns beyond K the last
// row and columns are fetched once more: something that may be read; what comes of it is not written.
//
// Per output: 2 * R*S*C FLOPs. Bytes: a block reads (BM + BN) * 4 for each step of the depth (some of it, where windows
// overlap, from the cache), and makes BM * BN multiply-adds of it: 64 x 64, 16 FLOPs a byte; and 4 bytes written.
#include "tile.cuh"

extern "C" __global__ void __launch_bounds__(THREADS, 1)
conv2d(const float* __restrict__ x, const float* __restrict__ w, float* __restrict__ y, int N, int H, int W, int C,
       int R, int S, int K, int P, int Q, int stride, int splits) {
    __shared__ Slab slabs[2];
    typedef AlongK<BM> A;     // x: the depth is contiguous
    typedef AlongRows<BN> B;  // w: the columns are contiguous
    Vector a_chunks[A::COUNT];
    Vector b_chunks[B::COUNT];
    float sums[TM][TN] = {};

    int M = N * P * Q;
    int depth = R * S * C;
    int run = S * C;  // of a row of A that is contiguous in x
    int first_row = blockIdx.x * BM;
    int first_column = blockIdx.y * BN;

    int corners[A::COUNT];  // where in x the window of each row begins that this thread fetches
#pragma unroll
    for (int i = 0; i < A::COUNT; ++i) {
        int row = min(first_row + A::row(i), M - 1);
        int n = row / (P * Q), p = row / Q % P, q = row % Q;
        corners[i] = ((n * H + p * stride) * W + q * stride) * C;
    }

    int slab_count = (depth + BK - 1) / BK;
    int slab = split_begin(slab_count, blockIdx.z, splits);
    int end = split_begin(slab_count, blockIdx.z + 1, splits);
    for (int round = 0;; ++round, ++slab) {
        if (slab < end) {
#pragma unroll
            for (int i = 0; i < A::COUNT; ++i) {
                int k = slab * BK + A::k(i);
                int r = k / run;
                a_chunks[i] = {};
                if (A::mine(i) && k < depth) a_chunks[i] = load(x, corners[i] + r * W * C + (k - r * run));
            }
#pragma unroll
            for (int i = 0; i < B::COUNT; ++i) {
                int k = slab * BK + B::k(i);
                int column = min(first_column + B::row(i), K - VECTOR);
                b_chunks[i] = {};
                if (B::mine(i) && k < depth) b_chunks[i] = load(w, k * K + column);
            }
        }
        if (round > 0) multiply(slabs[(round - 1) % 2], sums);
        if (slab >= end) break;  // for all threads of the block alike
        Slab& next = slabs[round % 2];
#pragma unroll
        for (int i = 0; i < A::COUNT; ++i) {
            if (!A::mine(i)) continue;
            for (int v = 0; v < VECTOR; ++v) next.a[A::k(i) + v][A::row(i)] = a_chunks[i].at[v];
        }
#pragma unroll
        for (int i = 0; i < B::COUNT; ++i) {
            if (B::mine(i)) store(next.b[B::k(i)], B::row(i), b_chunks[i]);
        }
        // One barrier a slab is enough, because there are two. It stands between writing a slab and reading it, one line
        // above in the next round; and whoever then overwrites the other slab knows that all have read that before it.
        __syncthreads();
    }
    y += (int)blockIdx.z * (M * K);
#pragma unroll
    for (int i = 0; i < TM; ++i) {
        int row = first_row + my_row(i);
        if (row < M) write_row(y + row * K, first_column, K, sums[i]);
    }
}
