// Adam, one launch over all parameters of a player, which lie in one buffer.
//
//   m += (1 - beta1) * (g - m)         v += (1 - beta2) * (g^2 - v)         running means of the gradient, and of its square
//   w -= lr * sqrt(1 - beta2^t) / (1 - beta1^t) * m / (sqrt(v) + eps)       t = step + 1 counts the updates from 1
//
// The factor with beta^t makes up for m and v having begun at 0. Source: Kingma and Ba, ICLR 2015, end of section 2.
//
// Thread t has elements 4 t to 4 t + 3; ragged edges: see elementwise.cuh. No shared memory, no barrier. Each thread works
// out the factor for itself: that is quicker than to wait for one that does it for all.
// Per parameter 16 bytes read, 12 written, about 15 FLOPs and a root: memory sets the pace.
//
// `step` and `ok` are read here, from device memory, so that the host need not know them: it never waits for a step to
// end. Once a loss was not finite, ok is 0 and nothing moves any more.
#include "elementwise.cuh"

// 1 - beta^t. Near 1, beta^t would be rounded to 24 bits and 1 - beta^t have but a few of them left, so it is found as
// -(e^(t log(beta)) - 1), which expm1f does in one. log(0) = -infinity is right too: e^-infinity is 0.
__device__ float one_minus_power(float log_beta, float t) { return -expm1f(t * log_beta); }

// rate1 = 1 - beta1 and rate2 = 1 - beta2 for the same reason: the host subtracts with more digits.
extern "C" __global__ void __launch_bounds__(THREADS)
adam(float* __restrict__ w, const float* __restrict__ g, float* __restrict__ m, float* __restrict__ v, int size,
     const long long* __restrict__ step, const long long* __restrict__ ok, float lr, float rate1, float rate2,
     float log_beta1, float log_beta2, float eps) {
    if (*ok == 0) return;
    int i = my_element();
    float t = *step + 1;
    float rate = lr * sqrtf(one_minus_power(log_beta2, t)) / one_minus_power(log_beta1, t);
    Vector weight = load(w, i, size);
    Vector gradient = load(g, i, size);
    Vector mean = load(m, i, size);
    Vector square = load(v, i, size);
    for (int k = 0; k < VECTOR; ++k) {
        float slope = gradient.at[k];
        mean.at[k] += rate1 * (slope - mean.at[k]);
        square.at[k] += rate2 * (slope * slope - square.at[k]);
        weight.at[k] -= rate * mean.at[k] / (sqrtf(square.at[k]) + eps);
    }
    store(w, i, size, weight);
    store(m, i, size, mean);
    store(v, i, size, square);
}
