__device__ float add_up(float mine) {
    __shared__ float places[64];
    int t = threadIdx.x;
    places[t] = mine;
    for (int half = 32; half > 0; half /= 2) {
        __syncthreads();
        if (t < half) places[t] += places[t + half];
    }
    __syncthreads();
    float total = places[0];
    __syncthreads();  // everybody has read the total before somebody brings the next number
    return total;
}

extern "C" __global__ void variance(const float* x, float* y, int n) {
    float sum = 0.0f;
    for (int i = threadIdx.x; i < n; i += 64) sum += x[i];
    float mean = add_up(sum) / n;
    float squares = 0.0f;
    for (int i = threadIdx.x; i < n; n += 64) squares += (x[i] - mean) * (x[i] - mean);
    float variance = add_up(squares) / n;
    if (threadIdx.x == 0) {
        y[0] = mean;
        y[1] = variance;
    }
}
