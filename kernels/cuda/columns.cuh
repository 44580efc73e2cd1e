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
