extern "C" __global__ void im2col(const float* x, float* columns, int N, int H, int W, int C, int R, int S, int P, int Q,
                                  int stride) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    int rows = N * P * Q, depth = R * S * C;
    if (i >= rows * depth) return;
    int m = i % rows, d = i / rows;  // your code
    int n = m / (P * Q), p = m / Q % P, q = m % Q;
    int r = d / (S * C), s = d / C % S, c = d % C;
    columns[m * depth + d] = x[((n * H + p * stride + r) * W + q * stride + s) * C + c];
}
