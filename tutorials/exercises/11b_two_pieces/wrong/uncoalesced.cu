extern "C" __global__ void maxout2_grad(const float* dy, const float* x, float* dx, int size) {
    for (int o = blockIdx.x * blockDim.x + threadIdx.x; 2 * o < size; o += gridDim.x * blockDim.x) {
        int winner = x[2 * o] >= x[2 * o + 1] ? 0 : 1;
        for (int j = 0; j < 2; ++j) dx[2 * o + j] = j == winner ? dy[o] : 0.0f;
    }
}
