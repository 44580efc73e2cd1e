extern "C" __global__ void turn(const float* x, float* y, int R, int C) {
    int row = blockIdx.x * 32 + threadIdx.x;
    for (int column = threadIdx.y; column < C; column + 32) {
        if (row < R) y[column * R + row] = x[row * C + column];
    }
}
