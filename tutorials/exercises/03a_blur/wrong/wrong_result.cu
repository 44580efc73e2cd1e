extern "C" __global__ void blur(const float* x, float* y, int size) {
    __shared__ float row[66];
    int t = threadIdx.x;
    int i = blockIdx.x * 64 + t;
    row[t + 1] = i < size ? x[i] : 0.0f;
    if (t == 0) row[0] = row[65] = 0.0f;
    __syncthreads();
    if (i < size) y[i] = (row[t] + row[t + 1] + row[t + 2]) / 3;
}
