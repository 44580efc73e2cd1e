extern "C" __global__ void share(const float* x, float* y, int rows) {
    __shared__ float s[64];
    int row = blockIdx.x * 2 + threadIdx.x / 32;
    int lane = threadIdx.x % 32;
    float mine = row < rows ? x[row * 32 + lane] : 0.0f;
    s[threadIdx.x] = mine;
    for (int half = 16; half > 0; half /= 2) {
        __syncthreads();
        if (lane < half) s[threadIdx.x] += s[threadIdx.x + half];
    }
    __syncthreads();
    if (row < rows) y[row * 32 + lane] = mine / s[threadIdx.x / 32 * 32];
}
