// Y = X transposed, step 3: a padded tile. X is (R,C), Y is (C,R), both row by row.
//
// As before, but each row of the tile is one word longer, a word that nobody uses. Words below each other are now 33 words
// apart: each is in the bank after that of the one above, and a column is read from 32 banks at once, like a row.
//
// Flaw: a request moves 4 bytes a thread, though it may move 16, and so there are four times as many as needed. And the
// padding stands in the way: a row of 33 words begins anywhere, but 16 bytes must begin at a multiple of 16.
#define TILE 32  // a block is TILE x TILE threads

extern "C" __global__ void __launch_bounds__(TILE * TILE)
transpose(const float* __restrict__ x, float* __restrict__ y, int R, int C) {
    __shared__ float tile[TILE][TILE + 1];
    int row = blockIdx.y * TILE + threadIdx.y;
    int column = blockIdx.x * TILE + threadIdx.x;
    if (row < R && column < C) tile[threadIdx.y][threadIdx.x] = x[row * C + column];

    __syncthreads();  // a thread writes to Y what another has read from X: the tile must be whole

    // Now threadIdx.x counts along a row of Y, which is a column of the tile.
    row = blockIdx.y * TILE + threadIdx.x;
    column = blockIdx.x * TILE + threadIdx.y;
    if (row < R && column < C) y[column * R + row] = tile[threadIdx.x][threadIdx.y];
}
