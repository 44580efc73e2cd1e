extern "C" __global__ void strip(const float* x, float* y, int R, int C) {
    __shared__ float tile[8][9];
    int first_row = blockIdx.x * 8;
    for (int first = 0; first < C; first += 8) {
        int row = first_row + threadIdx.y, column = first + threadIdx.x;
        if (row < R && column < C) tile[threadIdx.y][threadIdx.x] = x[row * C + column];
        __syncthreads();  // the tile is whole before anybody takes from it
        __syncthreads();
        row = first_row + threadIdx.x, column = first + threadIdx.y;
        if (row < R && column < C) y[column * R + row] = tile[threadIdx.x][threadIdx.y];
        __syncthreads();  // everybody has taken before the next square is laid over it
    }
}
