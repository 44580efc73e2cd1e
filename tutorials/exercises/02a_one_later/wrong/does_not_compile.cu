extern "C" __global__ void later(const float* x, float* y, int size) {
    i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < size) y[i] = x[i + 1];
}
