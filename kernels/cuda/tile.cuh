// The matrix product that the three convolutions share: what happens between shared memory and the registers.
//
//   O[m, n] = sum over k of A[m, k] * B[k, n]
//
// A block of threads makes a tile of O, BM rows by BN columns; a thread makes TM x TN of those elements and keeps them
// in registers from the first addition to the last. The depth k is walked in slabs of BK: the block brings BM x BK of A
// and BK x BN of B into shared memory, and every number there is then used by BN / TN or BM / TM threads, each of which
// uses it TN or TM times. That is the point of tiles: memory delivers a number once where it is needed many times.
//
// Per step of k, a thread reads TM + TN floats from shared memory for TM * TN fused multiply-adds. With 8 x 8 that is 4
// reads of 16 bytes for 64 of them; a thread that made a single element would read 2 floats for one.
//
// Which elements. The block's threads stand in a grid of THREADS_X = BN / TN by THREADS_Y = BM / TM; thread t has place
// (t % THREADS_X, t / THREADS_X). Its columns come in groups of four neighbours, THREADS_X * 4 apart:
//
//     thread x:        0       1       2     ...     0       1       2     ...        (TN = 8: two groups each)
//     columns:      0 1 2 3 4 5 6 7 8 9 ..  |  4*THREADS_X ..
//
// so that neighbouring threads read neighbouring groups: the 8 threads that a shared memory access of 16 bytes serves at
// a time touch each of the 32 banks once. With 8 columns in one piece, every other group would meet a busy bank. Rows
// likewise.
//
// A slab is stored by k: slab.a[k] holds the k-th column of A's part, so that a thread's rows are neighbours there. Where
// A lies in memory with k contiguous, it is turned on its way into shared memory; PAD then keeps the threads that write
// one row's k, k+1, ... from all meeting in one bank.
#pragma once
#include "vector.cuh"

#ifndef BM
#define BM 64
#endif
#ifndef BN
#define BN 64
#endif
#ifndef BK
#define BK 16
#endif
#ifndef TM
#define TM 8
#endif
#ifndef TN
#define TN 4
#endif
#define PAD 4
#define THREADS_X (BN / TN)
#define THREADS_Y (BM / TM)
#define THREADS (THREADS_X * THREADS_Y)  // the kernels' __launch_bounds__(THREADS, 1): one block may have all the registers

static_assert(TM % 4 == 0 && TN % 4 == 0, "TM and TN are multiples of 4: a thread reads its rows and columns 16 bytes at once");
static_assert(BM % TM == 0 && BN % TN == 0, "TM divides BM and TN divides BN: the threads' elements fill the tile");
static_assert(THREADS % 32 == 0 && THREADS <= 1024, "a block is whole warps of 32 threads, and at most 1024 threads");
static_assert(BK % 4 == 0, "BK is a multiple of 4: a slab is fetched up to 16 bytes at once along its depth");

// BK steps of the depth, of the block's rows of A and columns of B.
struct Slab {
    float a[BK][BM + PAD];
    float b[BK][BN + PAD];
};

__device__ __forceinline__ int my_row(int i) {
    return i / 4 * (4 * THREADS_Y) + (int)threadIdx.x / THREADS_X * 4 + i % 4;
}

__device__ __forceinline__ int my_column(int j) {
    return j / 4 * (4 * THREADS_X) + (int)threadIdx.x % THREADS_X * 4 + j % 4;
}

__device__ __forceinline__ void multiply(const Slab& slab, float (&sums)[TM][TN]) {
#pragma unroll
    for (int k = 0; k < BK; ++k) {
        float a[TM], b[TN];
#pragma unroll
        for (int i = 0; i < TM; i += 4) *(float4*)&a[i] = *(const float4*)&slab.a[k][my_row(i)];
#pragma unroll
        for (int j = 0; j < TN; j += 4) *(float4*)&b[j] = *(const float4*)&slab.b[k][my_column(j)];
#pragma unroll
        for (int i = 0; i < TM; ++i) {
#pragma unroll
            for (int j = 0; j < TN; ++j) sums[i][j] += a[i] * b[j];
        }
    }
}

// Write the thread's elements of one row of O, which begins at `o` and has `columns` columns; those beyond the edge are
// dropped. VECTOR divides `columns`, and C and K, so that no vector is cut.
__device__ __forceinline__ void write_row(float* o, int first_column, int columns, const float (&sums)[TN]) {
#pragma unroll
    for (int j = 0; j < TN; j += VECTOR) {
        int column = first_column + my_column(j);
        if (column >= columns) continue;
        Vector vector;
        for (int v = 0; v < VECTOR; ++v) vector.at[v] = sums[j + v];
        store(o, column, vector);
    }
}

// How a block's threads share out the fetching of a slab: in chunks of VECTOR floats that are neighbours in memory. A line
// is a row of A or a column of B, EXTENT of them in a slab. Where a line's steps k are neighbours in memory, a chunk is
// VECTOR steps of one line (AlongK), and where lines are, VECTOR lines at one step (AlongLines). Thread t has the chunks t,
// t + THREADS, ...; where COUNT of them are more than there are, the last is not `mine`.
template <int EXTENT>
struct Chunks {
    enum { COUNT = (EXTENT * BK / VECTOR + THREADS - 1) / THREADS };
    static __device__ __forceinline__ int chunk(int i) { return (int)threadIdx.x + i * THREADS; }
    static __device__ __forceinline__ bool mine(int i) { return chunk(i) < EXTENT * BK / VECTOR; }
};

template <int EXTENT>
struct AlongK : Chunks<EXTENT> {
    static __device__ __forceinline__ int line(int i) { return AlongK::chunk(i) / (BK / VECTOR); }
    static __device__ __forceinline__ int k(int i) { return AlongK::chunk(i) % (BK / VECTOR) * VECTOR; }

    // Put what this thread has fetched into its part of the slab, turned: neighbours in memory go below each other.
    static __device__ __forceinline__ void put(float (&part)[BK][EXTENT + PAD], const Vector (&chunks)[AlongK::COUNT]) {
#pragma unroll
        for (int i = 0; i < AlongK::COUNT; ++i) {
            if (!AlongK::mine(i)) continue;
            for (int v = 0; v < VECTOR; ++v) part[k(i) + v][line(i)] = chunks[i].at[v];
        }
    }
};

template <int EXTENT>
struct AlongLines : Chunks<EXTENT> {
    static __device__ __forceinline__ int line(int i) { return AlongLines::chunk(i) % (EXTENT / VECTOR) * VECTOR; }
    static __device__ __forceinline__ int k(int i) { return AlongLines::chunk(i) / (EXTENT / VECTOR); }

    static __device__ __forceinline__ void put(float (&part)[BK][EXTENT + PAD],
                                               const Vector (&chunks)[AlongLines::COUNT]) {
#pragma unroll
        for (int i = 0; i < AlongLines::COUNT; ++i) {
            if (AlongLines::mine(i)) store(part[k(i)], line(i), chunks[i]);
        }
    }
};

// Where the depth's slabs are shared out to `splits` blocks: those of block `split` begin here, and the next block's end
// them.
__device__ __forceinline__ int split_begin(int slabs, int split, int splits) {
    return (int)((long long)slabs * split / splits);
}
