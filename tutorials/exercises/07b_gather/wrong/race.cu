extern "C" __global__ void gather(const float* y, const float* w, float* x, int P, int Q, int R, int S, int stride) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    int H = stride * (P - 1) + R, W = stride * (Q - 1) + S;
    if (i < H * W) x[i] = 0;
    if (i >= P * Q) return;
    int p = i / Q, q = i % Q;
    for (int r = 0; r < R; ++r)
        for (int s = 0; s < S; ++s)
            x[(p * stride + r) * W + q * stride + s] += y[i] * w[r * S + s];
}
