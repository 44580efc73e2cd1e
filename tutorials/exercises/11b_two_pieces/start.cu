extern "C" __global__ void maxout2_grad(const float* dy, const float* x, float* dx, int size) {
    int o = blockIdx.x * blockDim.x + threadIdx.x;
    if (2 * o >= size) return;
    bool first = x[2 * o] >= x[2 * o + 1];
    dx[2 * o] = first ? dy[o] : 0.0f;
    dx[2 * o + 1] = first ? 0.0f : dy[o];
}
