extern "C" __global__ void maxout2_grad(const float* dy, const float* x, float* dx, int size) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= size) return;
    float mine = x[i], other = x[i ^ 1];
    if (i % 2 == 0 ? mine >= other : mine > other) dx[i] = dy[i / 2];
}
