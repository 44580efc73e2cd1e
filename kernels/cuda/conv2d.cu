// Convolution: y[n,p,q,k] = sum over r,s,c of x[n, p*stride + r, q*stride + s, c] * w[r,s,c,k].
//
// Images x (N,H,W,C) and y (N,P,Q,K), filters w (R,S,C,K). No padding: P = (H - R) / stride + 1, rounded down; Q likewise.
//
// As a matrix product ("implicit GEMM"): Y = A B, with a row for each output pixel (n,p,q), M = N*P*Q of them, a column for
// each output channel k, and a depth of R*S*C, whose steps are called d here (and k in the code, as in any matrix product).
// B is w as it lies in memory. A would be the matrix whose row (n,p,q) holds the R*S*C numbers of x under the filter there
// ("im2col"): nobody makes it, since it is up to R*S times as large as x; the block fetches the parts of it that it needs
// straight from x. Of a row of A the S*C numbers of one r are neighbours in x, too, because W and C are x's last axes: it
// is R runs of S*C floats, W*C apart.
//
// The product is made tile by tile, as told in tile.cuh: BM rows and BN columns a block, TM x TN elements of them a thread,
// in slabs of BK steps of the depth. All of these are #defines; alicuda/backends/cuda/tiles.py chooses them by the shape.
//
// Who owns what. Block (bx, by) makes the tile with rows from bx * BM and columns from by * BN on. A thread adds up its
// elements sums[i][j] in registers, and writes them: row bx * BM + my_row(i), column by * BN + my_column(j). Nobody else
// writes those. Where this gives too few blocks to fill a GPU, `splits` blocks (bx, by, bz) share the slabs of a tile, and
// y is (splits,N,P,Q,K): each writes its part of the sum into y[bz]. Another kernel (`sum`, in reduce.cu) then adds the parts
// up in the order of bz, so that every run gives the same bits.
//
// Shared memory: two slabs, each with BK steps of the depth of the block's rows of A, a[d][row], and columns of B,
// b[d][column]. In round t the threads multiply what they have put into the one in round t - 1. The next is under way
// meanwhile, from global memory into the registers a_chunks and b_chunks, and is put into the other one after that.
//
// Ragged edges. Steps beyond the depth are filled with zeros, which add nothing. For rows beyond M and columns beyond K the
// last ones are fetched once more, something that may be read, and what comes of them is not written. A chunk of VECTOR
// floats is never cut, nor does it reach from one run into the next: VECTOR divides C and K, and arrays begin at a multiple
// of its bytes. It is 4 where that is so, and otherwise, as for the 3 channels of a picture, the build with 1 is launched.
//
// FLOPs per output: 2 * R*S*C. Bytes: a block requests (BM + BN) * 4 for each step of the depth and makes BM * BN
// multiply-adds of them, so with BM = BN = 64 it is 16 FLOPs a byte; the caches answer where windows overlap, or where
// another block has asked before. 4 * splits bytes are written per output.
#include "tile.cuh"

extern "C" __global__ void __launch_bounds__(THREADS, 1)
conv2d(const float* __restrict__ x, const float* __restrict__ w, float* __restrict__ y, int N, int H, int W, int C,
       int R, int S, int K, int P, int Q, int stride, int splits) {
    __shared__ Slab slabs[2];
    typedef AlongK<BM> A;      // x has neighbouring steps of the depth side by side
    typedef AlongLines<BN> B;  // w has neighbouring columns
    Vector a_chunks[A::COUNT];
    Vector b_chunks[B::COUNT];
    float sums[TM][TN] = {};

    int M = N * P * Q;
    int depth = R * S * C;
    int run = S * C;  // so many numbers of a row of A are neighbours in x
    int first_row = blockIdx.x * BM;
    int first_column = blockIdx.y * BN;

    int corners[A::COUNT];  // for each row that this thread fetches a chunk of: where in x its window begins
#pragma unroll
    for (int i = 0; i < A::COUNT; ++i) {
        int row = min(first_row + A::line(i), M - 1);
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
                int column = min(first_column + B::line(i), K - VECTOR);
                b_chunks[i] = {};
                if (B::mine(i) && k < depth) b_chunks[i] = load(w, k * K + column);
            }
        }
        if (round > 0) multiply(slabs[(round - 1) % 2], sums);
        if (slab >= end) break;  // for all threads of the block alike
        A::put(slabs[round % 2].a, a_chunks);
        B::put(slabs[round % 2].b, b_chunks);
        // Before the slab just written is read, by `multiply` in the next round, all must have written their chunks of it.
        // A second barrier, after `multiply`, is not needed: the next round writes into the other slab, and that one was
        // read before this barrier.
        __syncthreads();
    }
    y += (int)blockIdx.z * (M * K);
#pragma unroll
    for (int i = 0; i < TM; ++i) {
        int row = first_row + my_row(i);
        if (row < M) write_row(y + row * K, first_column, K, sums[i]);
    }
}
