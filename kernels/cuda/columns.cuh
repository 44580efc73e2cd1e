// How the kernels that work down the columns of a matrix, of M rows and C columns, share it out.
//
// A block stands over `rows` rows, from blockIdx.y * rows on. Its thread (x, y) has one vector of VECTOR columns, and of the
// block's rows the y-th and every blockDim.y-th after that. Threads that differ by 1 in x have neighbouring columns.
#pragma once
#include "vector.cuh"

#define THREADS 256  // the threads of a block are at most that: shared arrays have one place for each

// The elements of a thread: `count` vectors, the first at index `first`, each `step` floats after the one before. Loops count
// down from `count`, so that the compiler can unroll them and have several loads under way at once.
struct Walk {
    int first, step, count;
};

__device__ Walk my_walk(int column, int M, int C, int rows) {
    int row = blockIdx.y * rows + threadIdx.y;
    int end = min((int)(blockIdx.y + 1) * rows, M);
    int count = (end - row + (int)blockDim.y - 1) / (int)blockDim.y;  // of row, row + blockDim.y, ... below end
    return Walk{row * C + column, (int)blockDim.y * C, count};
}

// What the threads of the block that have the same columns (the same x and z) have found, put together two by two with
// combine(a, b): for the thread with y = 0.
template <typename T, typename F>
__device__ T fold_over_y(T mine, F combine) {
    __shared__ T so_far[THREADS];  // place i: what thread i has put together so far
    int i = (threadIdx.z * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;
    so_far[i] = mine;
    // Each round the upper half of the y's is put into the lower half; of an odd number, the middle one waits. With 5: 3 into
    // 0 and 4 into 1; then 2 into 0; then 1 into 0.
    for (int height = blockDim.y; height > 1;) {
        int half = (height + 1) / 2;
        __syncthreads();  // the upper half is about to be read: its threads must have written, above or one round ago
        if ((int)threadIdx.y + half < height) {
            mine = combine(mine, so_far[i + half * blockDim.x]);
            so_far[i] = mine;  // no barrier before this: only the upper half is read in this round, and i is below it
        }
        height = half;
    }
    return mine;  // no barrier after this: nobody writes into the array again
}
