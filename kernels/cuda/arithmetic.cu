// Arithmetic, elementwise.
//
//   add   z = x + y         mul   z = x * y         affine   y = x * a + b         power   y = x^p         fill   y = value
//
// Thread t has elements 4 t to 4 t + 3; ragged edges: see elementwise.cuh. No shared memory, no barrier.
// Per element 4 bytes read of each input, 4 written, and one FLOP (affine 2, power about 50, fill none).
// Memory sets the pace.
#include "elementwise.cuh"

extern "C" __global__ void __launch_bounds__(THREADS)
add(const float* __restrict__ x, const float* __restrict__ y, float* __restrict__ z, int size) {
    map(x, y, z, size, [](float x, float y) { return x + y; });
}

extern "C" __global__ void __launch_bounds__(THREADS)
mul(const float* __restrict__ x, const float* __restrict__ y, float* __restrict__ z, int size) {
    map(x, y, z, size, [](float x, float y) { return x * y; });
}

extern "C" __global__ void __launch_bounds__(THREADS)
affine(const float* __restrict__ x, float* __restrict__ y, int size, float a, float b) {
    map(x, y, size, [=](float x) { return x * a + b; });
}

extern "C" __global__ void __launch_bounds__(THREADS)
power(const float* __restrict__ x, float* __restrict__ y, int size, float p) {
    map(x, y, size, [=](float x) { return powf(x, p); });
}

extern "C" __global__ void __launch_bounds__(THREADS)
fill(float* __restrict__ y, int size, float value) {
    int i = my_element();
    Vector values;
    for (int v = 0; v < VECTOR; ++v) values.at[v] = value;
    store(y, i, size, values);
}
