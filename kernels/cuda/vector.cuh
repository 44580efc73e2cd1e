// VECTOR neighbouring floats, which a thread reads or writes in one request: fewer and larger requests for the same bytes.
#pragma once

#ifndef VECTOR
#define VECTOR 4  // floats that a thread reads or writes at once; they start at a multiple of VECTOR floats
#endif
static_assert(VECTOR == 1 || VECTOR == 2 || VECTOR == 4, "VECTOR is 1, 2 or 4: a thread moves 4, 8 or 16 bytes at once");

struct __align__(4 * VECTOR) Vector {
    float at[VECTOR];
};

__device__ Vector load(const float* x, int i) { return *(const Vector*)(x + i); }
__device__ void store(float* y, int i, Vector value) { *(Vector*)(y + i) = value; }
