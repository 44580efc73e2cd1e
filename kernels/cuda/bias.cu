// y = x + b, the same b for every row of x, and its gradient, the sum over rows.
//
//   bias_add    y[m, c] = x[m, c] + b[c]              bias_grad   db[c] = sum over m of dy[m, c]
//
// A tied bias has one number per channel: the rows are the M = N*H*W pixels and C is the channels. An untied one has a
// number for each output element: the rows are the M = N examples and C is H*W*K. Both are these kernels.
//
// bias_add: thread (x, y) of a block has the VECTOR columns from (blockIdx.x * blockDim.x + x) * VECTOR on; of the `rows`
// rows of its block, blockIdx.y, it has the y-th and every blockDim.y-th after that. It reads its b once and writes those
// elements of y, and nobody else does. Threads beyond the last column do nothing. No shared memory, no barrier.
// bias_grad: the same elements are added up, and the threads with y = 0 write db, after those with the same columns have
// put their sums together in shared memory; see reduce.cuh and columns.cuh.
//
// bias_add: per element 4 bytes read, 4 written, 1 FLOP. bias_grad: 4 bytes read, 1 FLOP; see reduce.cuh.
#include "reduce.cuh"

extern "C" __global__ void __launch_bounds__(THREADS)
bias_add(const float* __restrict__ x, const float* __restrict__ b, float* __restrict__ y, int M, int C, int rows) {
    int column = (int)(blockIdx.x * blockDim.x + threadIdx.x) * VECTOR;
    if (column >= C) return;
    Vector bias = load(b, column);
    Walk walk = my_walk(column, M, C, rows);
#pragma unroll 4
    for (int at = walk.first, left = walk.count; left > 0; at += walk.step, --left) {
        Vector value = load(x, at);
        for (int v = 0; v < VECTOR; ++v) value.at[v] += bias.at[v];
        store(y, at, value);
    }
}

// db (blocks of rows, C): where there are several blocks of rows, `sum` of reduce.cu adds them up.
extern "C" __global__ void __launch_bounds__(THREADS)
bias_grad(const float* __restrict__ dy, float* __restrict__ db, int M, int C, int rows) {
    sum_columns(dy, db, 1, M, C, rows, gridDim.x, 1.0f);
}
