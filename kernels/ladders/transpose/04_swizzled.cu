// Y = X transposed, step 4: a swizzled tile. X is (R,C), Y is (C,R), both row by row; R and C are multiples of 4.
//
// Each thread moves a chunk of 4 neighbours of X at once, and writes 4 neighbours of Y at once: 8 requests a tile instead of
// 32 on either side of global memory, and 8 instead of 32 into the tile. Only its columns are still read word by word.
//
// No padding, and yet each bank is met once, because the 8 chunks of a row of the tile are not in their order: chunk j of
// row r is at place j ^ (r / 4) ("swizzled"; ^ is the exclusive or, and for one r it sends 0 to 7 to 0 to 7).
//   A request that writes 16 bytes is served 8 threads at a time: those write the 8 chunks of one row, 32 banks.
//   In one request that reads, threads have rows r of 8 different r / 4, and 4 neighbouring columns, so one j: they find
//   them at 8 different places, 4 words in each, 32 banks.
// The tile takes 4,096 bytes; padded it takes 4,224.
//
// What is still left: little, since a transpose can be no faster than a copy. More than one chunk a thread keeps more
// bytes under way, of which a card with fast memory needs many.
#define TILE 32
#define CHUNKS (TILE / 4)  // in a row of the tile; a block is CHUNKS x TILE threads

extern "C" __global__ void __launch_bounds__(CHUNKS * TILE)
transpose(const float* __restrict__ x, float* __restrict__ y, int R, int C) {
    __shared__ float4 tile[TILE][CHUNKS];
    int r = threadIdx.y, j = threadIdx.x;  // row and chunk within the tile
    int row = blockIdx.y * TILE + r;
    int column = blockIdx.x * TILE + j * 4;
    if (row < R && column < C) tile[r][j ^ (r / 4)] = *(const float4*)&x[row * C + column];

    __syncthreads();  // a thread writes to Y what four threads have read from X: the tile must be whole

    // Now threadIdx.x counts chunks of a row of Y, which are 4 words of a column of the tile.
    int c = threadIdx.y;
    r = threadIdx.x * 4;
    row = blockIdx.y * TILE + r;
    column = blockIdx.x * TILE + c;
    if (row >= R || column >= C) return;
    const float* word = (const float*)&tile[r][(c / 4) ^ (r / 4)] + c % 4;  // rows r to r + 3 have the same r / 4
    *(float4*)&y[column * R + row] = make_float4(word[0], word[TILE], word[2 * TILE], word[3 * TILE]);
}
