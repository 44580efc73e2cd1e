// Y = X transposed, step 2: through shared memory. X is (R,C), Y is (C,R), both row by row.
//
// A block moves a square of 32 x 32. It reads rows of X into a tile in shared memory, and when the tile is whole a warp
// takes a *column* of it and writes that to Y, where it is a row. So both sides are read and written in whole sectors: 4
// for a warp's 128 bytes, in Y too, instead of 32.
//
// Flaw: shared memory has 32 banks, and the word with number w is in bank w % 32. Words below each other in the tile are
// 32 words apart, all in one bank, which serves one of them at a time: reading a column takes 32 times as long as a row.
#define TILE 32  // a block is TILE x TILE threads

extern "C" __global__ void __launch_bounds__(TILE * TILE)
transpose(const float* __restrict__ x, float* __restrict__ y, int R, int C) {
    __shared__ float tile[TILE][TILE];
    int row = blockIdx.y * TILE + threadIdx.y;
    int column = blockIdx.x * TILE + threadIdx.x;
    if (row < R && column < C) tile[threadIdx.y][threadIdx.x] = x[row * C + column];

    __syncthreads();  // a thread writes to Y what another has read from X: the tile must be whole

    // Now threadIdx.x counts along a row of Y, which is a column of the tile.
    row = blockIdx.y * TILE + threadIdx.x;
    column = blockIdx.x * TILE + threadIdx.y;
    if (row < R && column < C) y[column * R + row] = tile[threadIdx.x][threadIdx.y];
}
