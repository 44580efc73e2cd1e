// float4 and its kin, as CUDA has them: plain structs whose alignment is that of one access.
//
// In the checked build a copy of one that occupies 8 or 16 bytes is a call of the runtime, so that each copy is seen as
// the one access that it is on a GPU: compilers show it as four accesses, as memcpy, or (g++, where a function returns
// or takes one) not at all.
#pragma once

typedef unsigned char uchar;
typedef unsigned short ushort;
typedef unsigned int uint;
typedef __SIZE_TYPE__ size_t;

#if ALICUDA_CHECKED
extern "C" void alicuda_copy(void* to, const void* from, int size, void* caller);
#define ALICUDA_SEEN __attribute__((noinline, no_sanitize("thread")))
#define ALICUDA_COPIES(T)                                                                                        \
    T() = default;                                                                                               \
    ALICUDA_SEEN T(const T& from) { alicuda_copy(this, &from, sizeof(T), __builtin_return_address(0)); }         \
    ALICUDA_SEEN T& operator=(const T& from) {                                                                   \
        alicuda_copy(this, &from, sizeof(T), __builtin_return_address(0));                                       \
        return *this;                                                                                            \
    }
#define ALICUDA_COPIES2(T, E) ALICUDA_COPIES(T) constexpr T(E a, E b = 0) : x(a), y(b) {}
#define ALICUDA_COPIES4(T, E) \
    ALICUDA_COPIES(T) constexpr T(E a, E b = 0, E c = 0, E d = 0) : x(a), y(b), z(c), w(d) {}
#else
#define ALICUDA_COPIES2(T, E)
#define ALICUDA_COPIES4(T, E)
#endif

#define ALICUDA_VECTOR2(T, E)                                                       \
    struct __attribute__((aligned(2 * sizeof(E)))) T { E x, y; ALICUDA_COPIES2(T, E) }; \
    static inline T make_##T(E x, E y) { return T{x, y}; }
#define ALICUDA_VECTOR3(T, E)      \
    struct T { E x, y, z; };       \
    static inline T make_##T(E x, E y, E z) { return T{x, y, z}; }
#define ALICUDA_VECTOR4(T, E)                                                             \
    struct __attribute__((aligned(4 * sizeof(E)))) T { E x, y, z, w; ALICUDA_COPIES4(T, E) }; \
    static inline T make_##T(E x, E y, E z, E w) { return T{x, y, z, w}; }

ALICUDA_VECTOR2(float2, float) ALICUDA_VECTOR3(float3, float) ALICUDA_VECTOR4(float4, float)
ALICUDA_VECTOR2(int2, int) ALICUDA_VECTOR3(int3, int) ALICUDA_VECTOR4(int4, int)
ALICUDA_VECTOR2(uint2, uint) ALICUDA_VECTOR4(uint4, uint)
ALICUDA_VECTOR4(uchar4, uchar) ALICUDA_VECTOR2(double2, double)
static inline uint3 make_uint3(uint x, uint y, uint z) { return uint3{x, y, z}; }
