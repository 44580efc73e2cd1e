// Copies that change the shape: laying arrays end to end, cutting them up, repeating them.
//
//   copy_columns   y[r, to + c] = x[r, from + c]         for all rows r and c < width
//   repeat         y[o, t, i] = x[o, i]                  x (outer, inner), y (outer, times, inner)
//
// Concatenating along any axis is copy_columns: what is before the axis counts the rows, and the axis with what is behind
// it makes one row, of x_pitch floats in x and y_pitch in y. One launch for each of the arrays. Splitting is the same with
// x and y in each other's place. Broadcasting is `repeat`, once for each run of neighbouring axes that are repeated.
//
// Thread t has the VECTOR floats from VECTOR t on, of what is copied (rows, width) or of y. Neighbouring threads read and
// write neighbouring memory, but at the end of a row. Ragged edges: VECTOR divides every width and offset, so a vector is
// never cut; threads beyond the last element return. No shared memory, no barrier.
//
// Per element of y 4 bytes read (in `repeat` mostly from the cache) and 4 written, no FLOP. The divisions of integers are
// the dearest instructions here, some 20 each, and one of the reasons to take VECTOR floats at a time.
#include "elementwise.cuh"

extern "C" __global__ void __launch_bounds__(THREADS)
copy_columns(const float* __restrict__ x, float* __restrict__ y, int size, int width, int x_pitch, int from, int y_pitch,
             int to) {
    int i = my_element();
    if (i >= size) return;  // size = rows * width
    int r = i / width, c = i % width;
    store(y, r * y_pitch + to + c, load(x, r * x_pitch + from + c));
}

extern "C" __global__ void __launch_bounds__(THREADS)
repeat(const float* __restrict__ x, float* __restrict__ y, int size, int times, int inner) {
    int i = my_element();
    if (i >= size) return;  // size = outer * times * inner
    int o = i / (times * inner);
    store(y, i, load(x, o * inner + i % inner));
}
