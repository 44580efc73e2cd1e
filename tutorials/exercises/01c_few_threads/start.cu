extern "C" __global__ void few(const float* x, float* z, int size, float slope) {
    int t = blockIdx.x * blockDim.x + threadIdx.x;
    // your code, instead of this line:
    if (t < size) z[t] = x[t] > 0.0f ? x[t] : slope * x[t];
}
