// Sums down the columns of matrices: what `sum`, `mean` and `bias_grad` share.
//
//   y[o, i] = (sum over r of x[o, r, i]) / divisor          x (outer, reduced, inner), y (outer, inner)
//
// A reduction over any run of neighbouring axes is of this shape: `outer` matrices, one after the other in memory, each of
// `reduced` rows of `inner` numbers. Where there is much to add, several blocks share the rows of a matrix, and each
// writes a row of its own: x becomes (outer, blocks, inner), which a second launch adds up, with one block of rows. No
// atomics: the order of additions depends on the shape alone, and so the result is the same bits from run to run.
//
// Who owns what. blockIdx.x counts the matrices, blockDim.z at a time, and within them the blocks of columns;
// blockIdx.y counts the blocks of rows. Thread (x, y, z) of a block has the z-th of its matrices, the x-th vector of
// VECTOR columns, and of the `rows` rows of its block the y-th and every blockDim.y-th after that. The thread with y = 0
// writes the sums of its columns.
//
// Threads that differ by 1 in x read neighbouring memory; where one block spans all columns the rows follow each other too.
// So a sum over everything (inner = 1, blocks one thread wide) still reads neighbouring floats with neighbouring threads.
//
// Ragged edges: threads beyond the last column or matrix read and write nothing, but wait at the barriers like the others;
// the last block of rows has fewer, and some threads none. VECTOR divides `inner`.
//
// Per element of x: 4 bytes read, 1 FLOP. As fast as the memory delivers.
#pragma once

#include "columns.cuh"

__device__ Vector add(Vector a, Vector b) {
    for (int v = 0; v < VECTOR; ++v) a.at[v] += b.at[v];
    return a;
}

__device__ void sum_columns(const float* __restrict__ x, float* __restrict__ y, int outer, int reduced, int inner,
                            int rows, int column_blocks, float divisor) {
    int o = (int)blockIdx.x / column_blocks * (int)blockDim.z + (int)threadIdx.z;
    int column = ((int)blockIdx.x % column_blocks * (int)blockDim.x + (int)threadIdx.x) * VECTOR;
    bool mine = o < outer && column < inner;
    Vector total = {};
    if (mine) {
        const float* matrix = x + o * reduced * inner;
        Walk walk = my_walk(column, reduced, inner, rows);
#pragma unroll 4
        for (int at = walk.first, left = walk.count; left > 0; at += walk.step, --left) {
            total = add(total, load(matrix, at));
        }
    }
    total = fold_over_y(total, [](Vector a, Vector b) { return add(a, b); });
    if (mine && threadIdx.y == 0) {
        for (int v = 0; v < VECTOR; ++v) total.at[v] /= divisor;
        store(y, (o * (int)gridDim.y + (int)blockIdx.y) * inner + column, total);
    }
}
