// What the elementwise kernels share: who has which elements, and how these are read and written.
//
// An array of any shape is `size` floats here. Thread t of the grid has the VECTOR = 4 elements from 4 t on: it alone reads
// them in every input and writes them in every output. The grid has just enough threads. Neighbouring threads have
// neighbouring elements, so that a warp of 32 threads moves 512 bytes in a row.
//
// Ragged edges: load and store touch no element from `size` on. So a thread that has 1 to 3 elements, at the end, moves
// these one by one, and the threads of the last block that have none compute with zeros and store nothing: no kernel needs
// a guard of its own. Arrays that do not begin at a multiple of 16 bytes (slices of larger ones) are moved one float at a
// time as well; all threads take the same side of that branch.
#pragma once
#include "vector.cuh"

#define THREADS 256  // blockDim.x

__device__ int my_element() { return (int)(blockIdx.x * blockDim.x + threadIdx.x) * VECTOR; }

// Can elements i to i + VECTOR - 1 be moved at once? (size - i cannot overflow, as i + VECTOR could.)
__device__ bool at_once(const float* x, int i, int size) {
    return size - i >= VECTOR && (unsigned long long)x % sizeof(Vector) == 0;
}

// Elements i, i + 1, ... of x; 0 in place of those beyond its end.
__device__ Vector load(const float* x, int i, int size) {
    if (at_once(x, i, size)) return load(x, i);
    Vector value = {};
    for (int v = 0; v < VECTOR; ++v) {
        if (v < size - i) value.at[v] = x[i + v];
    }
    return value;
}

// Elements i, i + 1, ... of y, as far as it reaches.
__device__ void store(float* y, int i, int size, Vector value) {
    if (at_once(y, i, size)) return store(y, i, value);
    for (int v = 0; v < VECTOR; ++v) {
        if (v < size - i) y[i + v] = value.at[v];
    }
}

// y = f(a), element by element, as the body of a kernel; f is a function of one float, such as [=](float a) { return a; }
template <typename F>
__device__ void map(const float* __restrict__ a, float* __restrict__ y, int size, F f) {
    int i = my_element();
    Vector value = load(a, i, size);
    for (int v = 0; v < VECTOR; ++v) value.at[v] = f(value.at[v]);
    store(y, i, size, value);
}

// y = f(a, b)
template <typename F>
__device__ void map(const float* __restrict__ a, const float* __restrict__ b, float* __restrict__ y, int size, F f) {
    int i = my_element();
    Vector value = load(a, i, size);
    Vector other = load(b, i, size);
    for (int v = 0; v < VECTOR; ++v) value.at[v] = f(value.at[v], other.at[v]);
    store(y, i, size, value);
}
