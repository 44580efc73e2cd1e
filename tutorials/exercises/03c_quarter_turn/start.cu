extern "C" __global__ void quarter_turn(const float* x, float* y, int R, int C) {
    int row = blockIdx.y * 32 + threadIdx.y;
    int column = blockIdx.x * 32 + threadIdx.x;
    if (row < R && column < C) y[column * R + R - 1 - row] = x[row * C + column];
}
