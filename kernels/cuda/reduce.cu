// sum and mean over the middle axis of x (outer, reduced, inner); how, and who does what, is said in reduce.cuh.
//
// A first launch with several blocks of rows writes one row of y for each, y (outer, blocks, inner); a second adds those.
// `rows` is how many rows a block has, `column_blocks` how many blocks stand side by side over the columns of a matrix.
#include "reduce.cuh"

extern "C" __global__ void __launch_bounds__(THREADS)
sum(const float* __restrict__ x, float* __restrict__ y, int outer, int reduced, int inner, int rows,
    int column_blocks) {
    sum_columns(x, y, outer, reduced, inner, rows, column_blocks, 1.0f);
}

// The last launch of a mean: the sum, divided by how many elements went into each mean, which `sum` may have begun to add.
extern "C" __global__ void __launch_bounds__(THREADS)
mean(const float* __restrict__ x, float* __restrict__ y, int outer, int reduced, int inner, int rows,
     int column_blocks, float count) {
    sum_columns(x, y, outer, reduced, inner, rows, column_blocks, count);
}
