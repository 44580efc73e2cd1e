extern "C" __global__ void turn(const float* x, float* y, int R, int C) {
    int row = blockIdx.x * 32 + threadIdx.x;
    int column = blockIdx.y * 32 + threadIdx.y;
    if (row < R && column < C) y[column * R + row] = x[row * C + column];
}
