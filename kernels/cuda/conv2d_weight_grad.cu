// Weight gradient of a convolution: dw[r,s,c,k] = sum over n,p,q of x[n, p*stride + r, q*stride + s, c] * dy[n,p,q,k].
//
// Images x (N,H,W,C), cotangents dy (N,P,Q,K), result dw (R,S,C,K).
//
// As a matrix product: a row for each weight (r,s,c), M = R*S*C of them, a column for each channel k, and a depth of
// N*P*Q: every output pixel of every image has a say in every weight. B is dy as it lies in memory, O is dw. A is the
// matrix of conv2d.cu, transposed, and again nobody makes it: for one step (n,p,q) of the depth, the rows of one r are
// S*C neighbours in x, beginning where the window of (n,p,q) has its row r.
//
// Who owns what (the matrix product itself is told in tile.cuh). Block (bx, by, bz) makes the tile of dw with weights
// from bx * BM and channels from by * BN on; element (i, j) of a thread is weight bx * BM + my_row(i), channel
// by * BN + my_column(j), and that thread alone writes it.
//
// dw is small and the depth is long (SVHN's third layer: 1024 x 128 weights from 10,000 pixels), so there would be few
// blocks with much to do. Therefore `splits` blocks (bx, by, bz) share the depth, and dw is (splits,R,S,C,K): each adds up
// its slabs and writes dw[bz]. Another kernel (`sum`, in reduce.cu) adds those up in the order of bz. Adding into a single
// dw with atomics would save that launch, and give other bits in every run.
//
// Shared memory: two slabs, each with BK steps of the depth of the block's rows of A, a[k][row], and columns of B,
// b[k][column]. In round t the threads multiply what they have put into the one in round t - 1. The next is under way
// meanwhile, from global memory into the registers a_chunks and b_chunks, and is put into the other one after that.
//
// Ragged edges. Steps beyond the depth are filled with zeros, which add nothing. For rows beyond M and columns beyond K the
// last ones are fetched once more, something that may be read, and what comes of them is not written. A chunk of VECTOR
// floats is never cut: VECTOR divides C and K, and is 1 where 4 does not.
//
// FLOPs per weight: 2 * N*P*Q. Bytes: a block requests (BM + BN) * 4 for each step of the depth and makes BM * BN
// multiply-adds of them, so with BM = BN = 64 it is 16 FLOPs a byte. 4 * splits bytes are written per weight.
#include "tile.cuh"

extern "C" __global__ void __launch_bounds__(THREADS, 1)
conv2d_weight_grad(const float* __restrict__ x, const float* __restrict__ dy, float* __restrict__ dw, int N, int H,
                   int W, int C, int R, int S, int K, int P, int Q, int stride, int splits) {
    __shared__ Slab slabs[2];
    typedef AlongLines<BM> A;  // x: neighbouring weights are neighbours in memory
    typedef AlongLines<BN> B;  // dy: neighbouring channels are
    Vector a_chunks[A::COUNT];
    Vector b_chunks[B::COUNT];
    float sums[TM][TN] = {};

    int M = R * S * C;
    int depth = N * P * Q;
    int run = S * C;  // weights whose pixels are neighbours in x
    int first_row = blockIdx.x * BM;
    int first_column = blockIdx.y * BN;

    int offsets[A::COUNT];  // from where a window begins to the pixel that a row's weight meets
#pragma unroll
    for (int i = 0; i < A::COUNT; ++i) {
        int row = min(first_row + A::line(i), M - VECTOR);
        int r = row / run;
        offsets[i] = r * W * C + (row - r * run);
    }

    int slab_count = (depth + BK - 1) / BK;
    int slab = split_begin(slab_count, blockIdx.z, splits);
    int end = split_begin(slab_count, blockIdx.z + 1, splits);
    for (int round = 0;; ++round, ++slab) {
        if (slab < end) {
#pragma unroll
            for (int i = 0; i < A::COUNT; ++i) {
                int k = slab * BK + A::k(i);
                int image_row = k / Q, n = image_row / P;  // k = (n * P + p) * Q + q
                int p = image_row - n * P, q = k - image_row * Q;
                int window = ((n * H + p * stride) * W + q * stride) * C;
                a_chunks[i] = {};
                if (A::mine(i) && k < depth) a_chunks[i] = load(x, window + offsets[i]);
            }
#pragma unroll
            for (int i = 0; i < B::COUNT; ++i) {
                int k = slab * BK + B::k(i);
                int column = min(first_column + B::line(i), K - VECTOR);
                b_chunks[i] = {};
                if (B::mine(i) && k < depth) b_chunks[i] = load(dy, k * K + column);
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
    dw += (int)blockIdx.z * (M * K);
#pragma unroll
    for (int i = 0; i < TM; ++i) {
        int row = first_row + my_row(i);
        if (row < M) write_row(dw + row * K, first_column, K, sums[i]);
    }
}
