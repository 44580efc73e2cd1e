// x (N,H,W,1), w (3,3,1,K), b (K), y (N,P,Q,K)
extern "C" __global__ void layer(const float* x, const float* w, const float* b, float* y, int N, int H, int W, int K) {
    __shared__ float filters[9 * 8];
    for (int t = threadIdx.x; t < 9 * K; t += blockDim.x) filters[t] = w[t];
    __syncthreads();
    int P = H - 2, Q = W - 2;
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= N * P * Q * K) return;
    int k = i % K, q = i / K % Q, p = i / (K * Q) % P, n = i / (K * Q * P);
    float total = 0.0f;
    for (int r = 0; r < 3; ++r) {
        for (int s = 0; s < 3; ++s) total += x[(n * H + p + r) * W + q + s] * filters[(r * 3 + s) * K + k];
    }
    y[i] = total > 0.0f ? total : 0.1f * total;
}
