extern "C" __global__ void sample_grad(const float* dz, const float* z, const float* mu, const float* log_sigma,
                                       float* dlog_sigma, int size) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i <= size) dlog_sigma[i] = dz[i] * (z[i] - mu[i]);
}
