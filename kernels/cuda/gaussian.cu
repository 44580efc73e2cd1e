// Random numbers, and the sample of a Gaussian that one can backpropagate through.
//
//   uniform                y in (0, 1)                                                      y is `size` floats
//   normal                 y ~ N(0, 1)
//   gaussian_sample        z = mu + e^log_sigma * eps,    eps ~ N(0, 1)
//   gaussian_sample_grad   dlog_sigma = dz * e^log_sigma * eps,   the same eps, made again; dmu is dz itself
//
// Thread t has elements 4 t to 4 t + 3, the four words of one Philox call (philox.cuh); ragged edges: see elementwise.cuh.
// No shared memory, no barrier. Per element uniform and normal write 4 bytes; gaussian_sample and its gradient read 8 and
// write 4, where a stored eps would cost 4 more each. Integer operations: 25; FLOPs: uniform 2, the others about 40.
#include "elementwise.cuh"
#include "philox.cuh"
static_assert(VECTOR == 4, "one Philox call makes four words, one for each element of a thread");

// 23 bits and a half, in units of 2^-23: exact in the 24 bits of a float, and never 0 or 1, whose logarithms are no use.
__device__ Vector uniforms(Words words) {
    Vector u;
    for (int v = 0; v < VECTOR; ++v) u.at[v] = ((float)(words.at[v] >> 9) + 0.5f) * 0x1p-23f;
    return u;
}

// Two uniforms make two independent normals, the coordinates of a point with a random direction (Box and Muller 1958).
// logf and sincospif are the accurate forms: numbers must agree with other machines' to 2e-6, and __logf is not good
// near 1. sincospif(x) is the sine and cosine of pi * x: nothing is lost to a rounded pi.
__device__ Vector normals(Words words) {
    Vector u = uniforms(words);
    for (int v = 0; v < VECTOR; v += 2) {
        float radius = sqrtf(-2.0f * logf(u.at[v])), sine, cosine;
        sincospif(2.0f * u.at[v + 1], &sine, &cosine);
        u.at[v] = radius * cosine;
        u.at[v + 1] = radius * sine;
    }
    return u;
}

extern "C" __global__ void __launch_bounds__(THREADS)
uniform(float* __restrict__ y, int size, unsigned long long seed, unsigned stream, const long long* __restrict__ step) {
    int i = my_element();
    store(y, i, size, uniforms(draw_words(i, seed, stream, step)));
}

extern "C" __global__ void __launch_bounds__(THREADS)
normal(float* __restrict__ y, int size, unsigned long long seed, unsigned stream, const long long* __restrict__ step) {
    int i = my_element();
    store(y, i, size, normals(draw_words(i, seed, stream, step)));
}

extern "C" __global__ void __launch_bounds__(THREADS)
gaussian_sample(const float* __restrict__ mu, const float* __restrict__ log_sigma, float* __restrict__ z, int size,
                unsigned long long seed, unsigned stream, const long long* __restrict__ step) {
    int i = my_element();
    Vector value = load(mu, i, size);
    Vector deviation = load(log_sigma, i, size);
    Vector eps = normals(draw_words(i, seed, stream, step));
    for (int v = 0; v < VECTOR; ++v) value.at[v] += expf(deviation.at[v]) * eps.at[v];
    store(z, i, size, value);
}

extern "C" __global__ void __launch_bounds__(THREADS)
gaussian_sample_grad(const float* __restrict__ dz, const float* __restrict__ log_sigma, float* __restrict__ dlog_sigma,
                     int size, unsigned long long seed, unsigned stream, const long long* __restrict__ step) {
    int i = my_element();
    Vector value = load(dz, i, size);
    Vector deviation = load(log_sigma, i, size);
    Vector eps = normals(draw_words(i, seed, stream, step));
    for (int v = 0; v < VECTOR; ++v) value.at[v] *= expf(deviation.at[v]) * eps.at[v];
    store(dlog_sigma, i, size, value);
}
