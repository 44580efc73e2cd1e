extern "C" __global__ void gather(const float* y, const float* w, float* x, int P, int Q, int R, int S, int stride) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    int H = stride * (P - 1) + R, W = stride * (Q - 1) + S;
    if (i >= H * W) return;
    float total = 0;
    for (int r = 0; r < R; ++r)
        for (int s = 0; s < S; ++s) {
            int h = i / W - r, v = i % W - s;
            if (h < 0 || v < 0 || h % stride || v % stride) continue;
            int p = h / stride, q = v / stride;
            if (p < P && q < Q) total += y[p * Q + q] * w[r * S + s];
        }
    x[i] = sum;
}
