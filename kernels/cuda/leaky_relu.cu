// Leaky ReLU, forward and backward: the plainest kernels of this folder, and the ones to read first.
//
//   leaky_relu        y = x > 0 ? x : slope * x
//   leaky_relu_grad   dx = y > 0 ? dy : slope * dy      the output y is above 0 just where x is, as slope >= 0
//
// All arrays are `size` floats, whatever their shape. With t = blockIdx.x * blockDim.x + threadIdx.x, thread t of the
// grid has the VECTOR = 4 elements from my_element() = 4 t on: it reads those of the inputs and writes those of the
// output, and no other thread touches them. Blocks have THREADS threads, and there are as few of them as `size` needs.
// No shared memory, no barrier: nobody needs what another has.
//
// `load` and `store` move the four in one request of 16 bytes, if the array begins at a multiple of 16 bytes, and else
// one by one. Neighbouring threads move neighbouring pieces, so a warp of 32 threads moves 512 bytes in a row of each
// array: what memory does fastest. Nothing else counts here, since a GPU can do ten FLOPs or more in the time in which
// memory delivers a byte:
//
//   bytes per element    forward 4 read, 4 written     backward 8 read, 4 written
//   FLOPs per element    1 in each, the multiplication; comparisons are not counted
//
// Ragged edge: `load` and `store` touch no element from `size` on. A thread whose four elements reach beyond it moves
// those within one by one (`load` gives 0 for the others), and a thread that has none computes with zeros and stores
// nothing.
//
// A NaN in x or dy stays NaN, and at 0 the slope is taken. The other elementwise kernels are written with `map` of
// elementwise.cuh, which is the body of `leaky_relu` for any function; here it is spelt out.
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
