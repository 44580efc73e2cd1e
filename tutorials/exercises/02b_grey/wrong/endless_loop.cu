extern "C" __global__ void grey(const float* x, float* y, int pixels) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < pixels) {
        y[i] = 0.0f;
        for (int c = 0; c < 3;) y[i] += x[3 * i + c];
    }
}
