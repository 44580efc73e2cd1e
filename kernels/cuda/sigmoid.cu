// The functions made of e^x, and their gradients, elementwise.
//
//   sigmoid        y = 1 / (1 + e^-x)                 sigmoid_grad    dx = dy * y * (1 - y)
//   softplus       y = log(1 + e^x)                   softplus_grad   dx = dy * sigmoid(x)
//   exponential    y = e^x                            its gradient, dy * y, is `mul` of arithmetic.cu
//
// e^x overflows from x = 89 on. e^-|x| never does: it is in (0, 1], and both functions can be written with it.
//
// Thread t has elements 4 t to 4 t + 3; ragged edges: see elementwise.cuh. No shared memory, no barrier.
// Per element 4 bytes read forward, 8 backward, and 4 written. e^x costs about 10 FLOPs, log(1 + e^x) and a division some
// 20 more: still less than a GPU can do while the memory delivers.
#include "elementwise.cuh"

__device__ float sigmoid_of(float x) {
    float t = expf(-fabsf(x));
    return (x >= 0.0f ? 1.0f : t) / (1.0f + t);
}

extern "C" __global__ void __launch_bounds__(THREADS)
sigmoid(const float* __restrict__ x, float* __restrict__ y, int size) {
    map(x, y, size, [](float x) { return sigmoid_of(x); });
}

extern "C" __global__ void __launch_bounds__(THREADS)
sigmoid_grad(const float* __restrict__ dy, const float* __restrict__ y, float* __restrict__ dx, int size) {
    map(dy, y, dx, size, [](float dy, float y) { return dy * y * (1.0f - y); });
}

extern "C" __global__ void __launch_bounds__(THREADS)
softplus(const float* __restrict__ x, float* __restrict__ y, int size) {
    map(x, y, size, [](float x) { return fmaxf(x, 0.0f) + log1pf(expf(-fabsf(x))); });
}

extern "C" __global__ void __launch_bounds__(THREADS)
softplus_grad(const float* __restrict__ dy, const float* __restrict__ x, float* __restrict__ dx, int size) {
    map(dy, x, dx, size, [](float dy, float x) { return dy * sigmoid_of(x); });
}

// Not named `exp`: that is the name of the function that C has.
extern "C" __global__ void __launch_bounds__(THREADS)
exponential(const float* __restrict__ x, float* __restrict__ y, int size) {
    map(x, y, size, [](float x) { return expf(x); });
}
