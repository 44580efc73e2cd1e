extern "C" __global__ void maxout2_grad(const float* dy, const float* x, float* dx, int size) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= size) return;
    float mine = x[i], other = x[i ^ 1];  // 2 and 3, 4 and 5, ...: they differ in their last bit
    bool winner = i % 2 == 0 ? mine >= other : mine > other;
    dx[i] = winner ? dy[i / 2] : 0.0f;
}
