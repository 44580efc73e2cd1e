// Input gradient of a convolution, which is the forward pass of the transposed convolution:
//
//   dx[n,h,w,c] = sum over k and all (r,s,p,q) with p*stride + r = h and q*stride + s = w of dy[n,p,q,k] * w[r,s,c,k]
//
// Cotangents dy (N,P,Q,K), filters w (R,S,C,K), result dx (N,H,W,C).
//
// Gathered, not scattered: each dx is added up by one thread that looks for the dy that met it, so no two threads write
// one place and no atomics are needed.
//
// Phases. Which filter rows r can meet image row h depends on h % stride alone: those with r % stride = h % stride. So
// the pixels fall into stride * stride phases (a, b) = (h % stride, w % stride). Within one, count pixels as h = a + i*stride
// and w = b + j*stride, and filter taps as r = a + u*stride and s = b + v*stride: then p = i - u and q = j - v, a plain
// convolution with no stride, and no multiplication with a zero that a stride would have put in between.
//
// As a matrix product: for each phase a row for each of its pixels, ordered (i, j, n), a column for each channel c, and
// a depth of taps (u, v) times channels k. A tap that lies outside dy for a pixel, at the border, lies outside for the N
// rows of that pixel in all images: they are neighbours in this order, and a block whose rows are all outside a tap skips
// it. In order (n, i, j) each block would hold border pixels and walk all taps: 1.7 times the work in the decoder.
//
// Who owns what (the matrix product itself is told in tile.cuh). Block (bx, by, bz) works on split bz % splits of phase
// bz / splits, on its rows from bx * BM and channels from by * BN on. Element (i, j) of a thread is row
// bx * BM + my_row(i), channel by * BN + my_column(j); that thread alone writes it. With `splits` above 1, that many
// blocks share the depth and write dx[split] each, dx being (splits,N,H,W,C); another kernel (`sum`, in reduce.cu) adds
// those up in order. If the stride exceeds the filter, phases without a tap are not launched: dx was filled with zeros.
//
// Shared memory: two slabs, each with BK steps of the depth of the block's rows of A, a[k][row], and columns of B,
// b[k][column]. In round t the threads multiply what they have put into the one in round t - 1. The next is under way
// meanwhile, from global memory into the registers a_chunks and b_chunks, and is put into the other one after that.
//
// Ragged edges. Steps beyond a tap's K channels, and dy where a row's tap lies outside, are filled with zeros, which add
// nothing. For rows beyond the phase's last and columns beyond C the last ones are fetched once more, something that may be
// read, and what comes of them is not written. Phases differ in size: a block beyond the end of its own has nothing to do.
// A chunk of VECTOR floats is never cut: VECTOR divides C and K, and is 1 where 4 does not.
//
// FLOPs per element of dx: about 2 * K * R*S / stride^2, fewer at the border. Bytes: a block requests (BM + BN) * 4 for
// each step of the depth and makes BM * BN multiply-adds of them, so with BM = BN = 64 it is 16 FLOPs a byte. 4 * splits
// bytes are written per element.
#include "tile.cuh"

// The rows of a block, as pixels of its phase: from (i0, j0) to (i1, j1) in the order of reading, `width` to a line.
struct Pixels {
    int i0, j0, i1, j1, width;
};

__device__ __forceinline__ bool meet(int from, int to, int first, int count) {  // do [from, to] and [first, first + count) meet?
    return from < first + count && to >= first;
}

// Whether dy, (P, Q) pixels, has anything at tap (u, v) for at least one of the block's pixels.
__device__ __forceinline__ bool tap_is_inside(Pixels at, int u, int v, int P, int Q) {
    if (at.i0 == at.i1) return meet(at.i0, at.i1, u, P) && meet(at.j0, at.j1, v, Q);
    return (meet(at.i0, at.i0, u, P) && meet(at.j0, at.width - 1, v, Q))                 // the first line, from j0 on
        || (meet(at.i1, at.i1, u, P) && meet(0, at.j1, v, Q))                            // the last, up to j1
        || (at.i1 - at.i0 > 1 && meet(at.i0 + 1, at.i1 - 1, u, P) && meet(0, at.width - 1, v, Q));  // those between
}

extern "C" __global__ void __launch_bounds__(THREADS, 1)
conv2d_input_grad(const float* __restrict__ dy, const float* __restrict__ w, float* __restrict__ dx, int N, int H,
                  int W, int C, int R, int S, int K, int P, int Q, int stride, int splits) {
    __shared__ Slab slabs[2];
    typedef AlongK<BM> A;  // dy: its channels are the depth
    typedef AlongK<BN> B;  // w likewise
    Vector a_chunks[A::COUNT];
    Vector b_chunks[B::COUNT];
    float sums[TM][TN] = {};

    int split = (int)blockIdx.z % splits, phase = (int)blockIdx.z / splits;
    int a = phase / min(stride, S), b = phase % min(stride, S);
    int height = (H - a + stride - 1) / stride, width = (W - b + stride - 1) / stride;  // pixels of the phase
    int taps_v = (S - b + stride - 1) / stride, taps = (R - a + stride - 1) / stride * taps_v;
    int M = height * width * N;
    int first_row = blockIdx.x * BM;
    int first_column = blockIdx.y * BN;
    if (first_row >= M) return;  // the whole block alike: nobody waits at the barrier

    int first_pixel = first_row / N, last_pixel = min(first_row + BM, M) - 1;
    last_pixel /= N;
    Pixels pixels = {first_pixel / width, first_pixel % width, last_pixel / width, last_pixel % width, width};

    int row_i[A::COUNT], row_j[A::COUNT], corners[A::COUNT];  // of each row that this thread fetches: pixel, and dy[n,i,j,0]
#pragma unroll
    for (int c = 0; c < A::COUNT; ++c) {
        int row = min(first_row + A::line(c), M - 1);
        int pixel = row / N, n = row % N;
        row_i[c] = pixel / width;
        row_j[c] = pixel % width;
        corners[c] = ((n * P + row_i[c]) * Q + row_j[c]) * K;
    }

    int slabs_a_tap = (K + BK - 1) / BK;
    int slab = split_begin(taps * slabs_a_tap, split, splits);
    int end = split_begin(taps * slabs_a_tap, split + 1, splits);
    for (int round = 0;; ++round, ++slab) {
        int tap = slab / slabs_a_tap, u = tap / taps_v, v = tap % taps_v;
        while (slab < end && !tap_is_inside(pixels, u, v, P, Q)) {
            ++tap;
            slab = tap * slabs_a_tap;
            u = tap / taps_v, v = tap % taps_v;
        }
        if (slab < end) {
            int k0 = (slab - tap * slabs_a_tap) * BK;
            const float* filter = w + ((a + u * stride) * S + b + v * stride) * C * K;
#pragma unroll
            for (int c = 0; c < A::COUNT; ++c) {
                int k = k0 + A::k(c), p = row_i[c] - u, q = row_j[c] - v;
                bool inside = p >= 0 && p < P && q >= 0 && q < Q;
                a_chunks[c] = {};
                if (A::mine(c) && k < K && inside) a_chunks[c] = load(dy, corners[c] - (u * Q + v) * K + k);
            }
#pragma unroll
            for (int c = 0; c < B::COUNT; ++c) {
                int k = k0 + B::k(c);
                int column = min(first_column + B::line(c), C - 1);
                b_chunks[c] = {};
                if (B::mine(c) && k < K) b_chunks[c] = load(filter, column * K + k);
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
    dx += split * (N * H * W * C);
#pragma unroll
    for (int i = 0; i < TM; ++i) {
        int row = first_row + my_row(i);
        if (row >= M) continue;
        int pixel = row / N, n = row % N;
        int h = a + pixel / width * stride, at_w = b + pixel % width * stride;
        write_row(dx + ((n * H + h) * W + at_w) * C, first_column, C, sums[i]);
    }
}
