extern "C" __global__ void maxout2_grad(const float* dy, const float* x, float* dx, int size) {
    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < size; i += threadIdx.y) {
        float mine = x[i], other = x[i ^ 1];
        bool winner = i % 2 == 0 ? mine >= other : mine > other;
        dx[i] = winner ? dy[i / 2] : 0.0f;
    }
}
