extern "C" __global__ void blur(const float* x, float* y, int size) {
    __shared__ float row[66];  // place p holds number first + p
    int t = threadIdx.x;
    int first = blockIdx.x * 64 - 1;
    for (int p = t; p < 66; p += 64) {
        int i = first + p;
        row[p] = 0 <= i && i < size ? x[i] : 0.0f;
    }
    syncthreads();
    int i = first + t + 1;
    if (i < size) y[i] = (row[t] + row[t + 1] + row[t + 2]) / 3;
}
