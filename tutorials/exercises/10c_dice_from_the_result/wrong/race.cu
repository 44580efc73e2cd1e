extern "C" __global__ void sample_grad(const float* dz, const float* z, const float* mu, const float* log_sigma,
                                       float* dlog_sigma, int size) {
    for (int i = 0; i < size; ++i) dlog_sigma[i] = dz[i] * (z[i] - mu[i]);
}
