extern "C" __global__ void blur(const float* x, float* y, int size) {
    int i = blockIdx.x * 64 + threadIdx.x;
    if (i >= size) return;
    float left = i > 0 ? x[i - 1] : 0.0f;
    float right = i + 1 < size ? x[i + 1] : 0.0f;
    y[i] = (left + x[i] + right) / 3;
}
