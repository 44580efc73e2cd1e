extern "C" __global__ void quarter_turn(const float* x, float* y, int R, int C) {
    __shared__ float tile[32][33];
    int row = blockIdx.y * 32 + threadIdx.y;
    int column = blockIdx.x * 32 + threadIdx.x;
    if (row < R && column < C) tile[threadIdx.y][threadIdx.x] = x[row * C + column];
    __syncthreads();
    row = blockIdx.y * 32 + threadIdx.x;
    column = blockIdx.x * 32 + threadIdx.y;
    if (row < R && column < C) y[column * R + R - row] = tile[threadIdx.x][threadIdx.y];
}
