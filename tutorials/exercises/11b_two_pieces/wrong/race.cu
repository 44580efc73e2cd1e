extern "C" __global__ void maxout2_grad(const float* dy, const float* x, float* dx, int size) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= size) return;
    int o = i / 2;  // both threads of a pair write both numbers
    bool first = x[2 * o] >= x[2 * o + 1];
    dx[2 * o] = first ? dy[o] : 0.0f;
    dx[2 * o + 1] = first ? 0.0f : dy[o];
}
