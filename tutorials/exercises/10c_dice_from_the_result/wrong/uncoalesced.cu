extern "C" __global__ void sample_grad(const float* dz, const float* z, const float* mu, const float* log_sigma,
                                       float* dlog_sigma, int size) {
    int first = 4 * (blockIdx.x * blockDim.x + threadIdx.x);
    for (int i = first; i < min(first + 4, size); ++i) dlog_sigma[i] = dz[i] * (z[i] - mu[i]);
}
