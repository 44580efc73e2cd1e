extern "C" __global__ void gather(const float* y, const float* w, float* x, int P, int Q, int R, int S, int stride) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    int H = stride * (P - 1) + R, W = stride * (Q - 1) + S;
    if (i >= H * W) return;
    float total = 0;
    for (int r = i / W % stride; r < R;)
        for (int s = i % W % stride; s < S; s += stride) {
            int p = (i / W - r) / stride, q = (i % W - s) / stride;
            if (i / W >= r && i % W >= s && p < P && q < Q) total += y[p * Q + q] * w[r * S + s];
        }
    x[i] = total;
}
