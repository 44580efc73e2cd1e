// Leaky ReLU, forward and backward: the plainest kernels of this folder, and the ones to read first.
//
//   leaky_relu        y = x > 0 ? x : slope * x
//   leaky_relu_grad   dx = y > 0 ? dy : slope * dy            y, the output, has the sign of x where slope > 0
//
// All arrays are `size` floats, whatever their shape. Thread t of the grid (thread threadIdx.x of block blockIdx.x, each of
// blockDim.x threads) has elements 4 t to 4 t + 3: it reads those of the inputs and writes those of the output, and no
// other thread touches them. No shared memory, no barrier: nobody needs what another has.
//
// `load` reads the four at once, in one request of 16 bytes; threads that follow each other read what follows each other,
// and 32 of them, a warp, get 512 bytes in a row. That is what memory is good at, and memory is all that counts here:
// forward 4 bytes are read and 4 written per element, backward 8 read and 4 written, for 2 FLOPs (compare, multiply).
//
// Ragged edge: `load` and `store` touch no element from `size` on. If 4 does not divide `size`, the last thread with any
// elements moves its 1 to 3 one by one; the threads behind it, up to the end of the block, get zeros and store nothing.
// See elementwise.cuh, whose `map` is the body below for any function of one element: the other elementwise kernels use it.
#include "elementwise.cuh"

extern "C" __global__ void __launch_bounds__(THREADS)
leaky_relu(const float* __restrict__ x, float* __restrict__ y, int size, float slope) {
    int i = my_element();
    Vector value = load(x, i, size);
    for (int v = 0; v < VECTOR; ++v) value.at[v] = value.at[v] > 0.0f ? value.at[v] : slope * value.at[v];
    store(y, i, size, value);
}

extern "C" __global__ void __launch_bounds__(THREADS)
leaky_relu_grad(const float* __restrict__ dy, const float* __restrict__ y, float* __restrict__ dx, int size,
                float slope) {
    int i = my_element();
    Vector up = load(dy, i, size);
    Vector out = load(y, i, size);
    for (int v = 0; v < VECTOR; ++v) up.at[v] = out.at[v] > 0.0f ? up.at[v] : slope * up.at[v];
    store(dx, i, size, up);
}
