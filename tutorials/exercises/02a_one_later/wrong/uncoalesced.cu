extern "C" __global__ void later(const float* x, float* y, int size) {
    int first = 4 * (blockIdx.x * blockDim.x + threadIdx.x);
    for (int i = first; i < first + 4 && i < size; i++) y[i] = x[i + 1];
}
