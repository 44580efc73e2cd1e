// Y = X transposed, step 1: naive. X is (R,C), Y is (C,R), both row by row.
//
// A thread moves one number. The 32 threads of a warp run together and have neighbouring values of threadIdx.x: they read 32
// neighbours of a row of X. Memory delivers sectors of 32 bytes, and these are 4 whole ones.
//
// Flaw: in Y those 32 numbers stand below each other, R floats apart. Each lies in a sector of its own, so that a warp
// moves 32 sectors to write 128 bytes. Reading by columns and writing by rows would only move the flaw to X.
#define SIDE 32  // a block is SIDE x SIDE threads and moves a square of that size

extern "C" __global__ void __launch_bounds__(SIDE * SIDE)
transpose(const float* __restrict__ x, float* __restrict__ y, int R, int C) {
    int row = blockIdx.y * SIDE + threadIdx.y;
    int column = blockIdx.x * SIDE + threadIdx.x;
    if (row < R && column < C) y[column * R + row] = x[row * C + column];
}
