// float4 and its kin, as CUDA has them: plain structs whose alignment is that of one access.
//
// In the checked build a copy of one that occupies 8 or 16 bytes is a call of the runtime, so that each copy is seen as
// the one access that it is on a GPU: compilers show it as four accesses, as memcpy, or (g++, where a function returns
// or takes one) not at all.
#pragma once

typedef __SIZE_TYPE__ size_t;
typedef __PTRDIFF_TYPE__ ptrdiff_t;

// A function that the checked build does not look into: what it does is told as its caller's.
#if !ALICUDA_CHECKED
#define ALICUDA_SEEN
#elif defined(__clang__)
#define ALICUDA_SEEN __attribute__((noinline, no_sanitize("thread", "coverage")))
#else
#define ALICUDA_SEEN __attribute__((noinline, no_sanitize("thread"), no_sanitize_coverage))
#endif

#if ALICUDA_CHECKED
extern "C" void alicuda_copy(void* to, const void* from, int size, void* caller);
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

#define ALICUDA_VECTORS(T, E) ALICUDA_VECTOR2(T##2, E) ALICUDA_VECTOR3(T##3, E) ALICUDA_VECTOR4(T##4, E)
ALICUDA_VECTORS(char, signed char) ALICUDA_VECTORS(uchar, unsigned char)
ALICUDA_VECTORS(short, short) ALICUDA_VECTORS(ushort, unsigned short)
ALICUDA_VECTORS(int, int) ALICUDA_VECTOR2(uint2, unsigned) ALICUDA_VECTOR4(uint4, unsigned)
ALICUDA_VECTORS(float, float) ALICUDA_VECTOR2(double2, double)
ALICUDA_VECTOR2(longlong2, long long) ALICUDA_VECTOR2(ulonglong2, unsigned long long)
static inline uint3 make_uint3(unsigned x, unsigned y, unsigned z) { return uint3{x, y, z}; }
