// What a kernel sees of CUDA C++: pasted before its source by the emulator. It declares what NVRTC declares by itself
// and nothing that NVRTC would not; docs/emulator.md lists what is missing. No C++ standard library.
#pragma once
#include <math.h>
#include <string.h>

#include "abi.h"

// ---- functions, memory spaces -----------------------------------------------------------------------------------
#define __global__ __attribute__((noinline))
#define __device__
#define __host__
#define __constant__ const
#define __forceinline__ inline __attribute__((always_inline))
#define __noinline__ __attribute__((noinline))
#define __launch_bounds__(...)
#define __align__(bytes) __attribute__((aligned(bytes)))
#define __builtin_align__(bytes) __attribute__((aligned(bytes)))
#define __CUDACC__ 1
#define ALICUDA_EMULATOR 1

// One array a block and so one an OS thread; inside a function, thread_local implies static. "Constant initialised"
// spares the call that C++ would otherwise make before each use of an `extern` one.
#if defined(__clang__)
#define __shared__ __attribute__((require_constant_initialization, aligned(128))) thread_local
#else
#define __shared__ __attribute__((aligned(128))) __constinit thread_local
#endif

extern thread_local Here alicuda_here __attribute__((visibility("hidden")));
#define threadIdx (alicuda_here.thread)
#define blockIdx (alicuda_here.block)
#define blockDim (alicuda_here.block_size)
#define gridDim (alicuda_here.grid)
static const int warpSize = 32;

// ---- vector types -----------------------------------------------------------------------------------------------
typedef unsigned char uchar;
typedef unsigned short ushort;
typedef unsigned int uint;
struct __align__(8) float2 { float x, y; };
struct float3 { float x, y, z; };
struct __align__(16) float4 { float x, y, z, w; };
struct __align__(8) int2 { int x, y; };
struct int3 { int x, y, z; };
struct __align__(16) int4 { int x, y, z, w; };
struct __align__(8) uint2 { uint x, y; };
struct __align__(16) uint4 { uint x, y, z, w; };
struct __align__(4) uchar4 { uchar x, y, z, w; };
struct __align__(16) double2 { double x, y; };

#define ALICUDA_MAKE2(T, E) static inline T make_##T(E x, E y) { return T{x, y}; }
#define ALICUDA_MAKE3(T, E) static inline T make_##T(E x, E y, E z) { return T{x, y, z}; }
#define ALICUDA_MAKE4(T, E) static inline T make_##T(E x, E y, E z, E w) { return T{x, y, z, w}; }
ALICUDA_MAKE2(float2, float) ALICUDA_MAKE3(float3, float) ALICUDA_MAKE4(float4, float)
ALICUDA_MAKE2(int2, int) ALICUDA_MAKE3(int3, int) ALICUDA_MAKE4(int4, int)
ALICUDA_MAKE2(uint2, uint) ALICUDA_MAKE3(uint3, uint) ALICUDA_MAKE4(uint4, uint)
ALICUDA_MAKE4(uchar4, uchar) ALICUDA_MAKE2(double2, double)

// ---- arithmetic -------------------------------------------------------------------------------------------------
#define ALICUDA_MIN_MAX(T)                                        \
    static inline T min(T a, T b) { return b < a ? b : a; }       \
    static inline T max(T a, T b) { return a < b ? b : a; }
ALICUDA_MIN_MAX(int) ALICUDA_MIN_MAX(unsigned) ALICUDA_MIN_MAX(long) ALICUDA_MIN_MAX(unsigned long)
ALICUDA_MIN_MAX(long long) ALICUDA_MIN_MAX(unsigned long long)
static inline float min(float a, float b) { return fminf(a, b); }
static inline float max(float a, float b) { return fmaxf(a, b); }
static inline double min(double a, double b) { return fmin(a, b); }
static inline double max(double a, double b) { return fmax(a, b); }

static inline int abs(int a) { return a < 0 ? -a : a; }
static inline float abs(float a) { return fabsf(a); }
static inline float exp(float a) { return expf(a); }
static inline float log(float a) { return logf(a); }
static inline float sqrt(float a) { return sqrtf(a); }
static inline float cos(float a) { return cosf(a); }
static inline float sin(float a) { return sinf(a); }
static inline float pow(float a, float b) { return powf(a, b); }
static inline float rsqrtf(float a) { return 1.0f / sqrtf(a); }
static inline double rsqrt(double a) { return 1.0 / sqrt(a); }
static inline float sinpif(float a) { return (float)sin(M_PI * (double)a); }
static inline float cospif(float a) { return (float)cos(M_PI * (double)a); }
static inline void sincospif(float a, float* s, float* c) { *s = sinpif(a); *c = cospif(a); }
static inline void alicuda_sincosf(float a, float* s, float* c) { *s = sinf(a); *c = cosf(a); }
#define sincosf alicuda_sincosf

// rounding and fast-math forms: here all of them are the exact ones
#define __expf expf
#define __logf logf
#define __sinf sinf
#define __cosf cosf
#define __powf powf
static inline float __fdividef(float a, float b) { return a / b; }
static inline float __fmaf_rn(float a, float b, float c) { return fmaf(a, b, c); }
static inline float __frcp_rn(float a) { return 1.0f / a; }
static inline float __fsqrt_rn(float a) { return sqrtf(a); }
static inline float __frsqrt_rn(float a) { return 1.0f / sqrtf(a); }
// never contracted into an fma: the volatile keeps the product a rounded float
static inline float __fmul_rn(float a, float b) { volatile float p = a * b; return p; }
static inline float __fadd_rn(float a, float b) { volatile float s = a + b; return s; }
static inline float __fdiv_rn(float a, float b) { return a / b; }
static inline float __saturatef(float a) { return fminf(fmaxf(a, 0.0f), 1.0f); }
static inline float __int2float_rn(int a) { return (float)a; }
static inline float __uint2float_rn(unsigned a) { return (float)a; }
static inline int __float2int_rn(float a) { return (int)rintf(a); }
static inline int __float2int_rz(float a) { return (int)a; }

static inline unsigned __umulhi(unsigned a, unsigned b) { return (unsigned)(((unsigned long long)a * b) >> 32); }
static inline int __mulhi(int a, int b) { return (int)(((long long)a * b) >> 32); }
static inline int __popc(unsigned a) { return __builtin_popcount(a); }
static inline int __popcll(unsigned long long a) { return __builtin_popcountll(a); }
static inline int __clz(int a) { return a ? __builtin_clz((unsigned)a) : 32; }
static inline int __ffs(int a) { return __builtin_ffs(a); }
static inline unsigned __brev(unsigned a) {
    unsigned r = 0;
    for (int i = 0; i < 32; ++i) r |= ((a >> i) & 1u) << (31 - i);
    return r;
}

template <typename To, typename From>
static inline To alicuda_bits(From from) {
    static_assert(sizeof(To) == sizeof(From), "same size");
    To to;
    __builtin_memcpy(&to, &from, sizeof(to));
    return to;
}
static inline int __float_as_int(float a) { return alicuda_bits<int>(a); }
static inline unsigned __float_as_uint(float a) { return alicuda_bits<unsigned>(a); }
static inline float __int_as_float(int a) { return alicuda_bits<float>(a); }
static inline float __uint_as_float(unsigned a) { return alicuda_bits<float>(a); }

#define __ldg(pointer) (*(pointer))
#define __ldcs(pointer) (*(pointer))
#define __stcs(pointer, value) (*(pointer) = (value))

// ---- barriers, warp functions, atomics: the runtime's ------------------------------------------------------------
extern "C" {
void alicuda_barrier(const char* file, int line);
int alicuda_barrier_vote(int kind, int predicate, const char* file, int line);
unsigned long long alicuda_warp(int kind, unsigned mask, unsigned long long value, int lane, int width,
                                const char* file, int line);
unsigned long long alicuda_atomic(int kind, void* address, int size, unsigned long long value,
                                  unsigned long long compare, void* caller);
void alicuda_print(const char* format, ...) __attribute__((format(printf, 1, 2)));
void alicuda_assert(const char* text, const char* file, int line);
}

#define printf(...) alicuda_print(__VA_ARGS__)
#define assert(condition) ((condition) ? (void)0 : alicuda_assert(#condition, __FILE__, __LINE__))
#define __trap() alicuda_assert("__trap()", __FILE__, __LINE__)

#define __syncthreads() alicuda_barrier(__FILE__, __LINE__)
#define __syncthreads_count(p) alicuda_barrier_vote(0, (p) != 0, __FILE__, __LINE__)
#define __syncthreads_and(p) alicuda_barrier_vote(1, (p) != 0, __FILE__, __LINE__)
#define __syncthreads_or(p) alicuda_barrier_vote(2, (p) != 0, __FILE__, __LINE__)
#define __threadfence() __atomic_thread_fence(__ATOMIC_SEQ_CST)
#define __threadfence_block() __atomic_thread_fence(__ATOMIC_SEQ_CST)

enum { ALICUDA_SHFL, ALICUDA_SHFL_UP, ALICUDA_SHFL_DOWN, ALICUDA_SHFL_XOR,
       ALICUDA_BALLOT, ALICUDA_ANY, ALICUDA_ALL, ALICUDA_SYNCWARP };

template <typename T>
static inline T alicuda_shuffle(int kind, const char* file, int line, unsigned mask, T value, int lane,
                                int width = 32) {
    static_assert(sizeof(T) == 4 || sizeof(T) == 8, "a shuffle moves 4 or 8 bytes");
    unsigned long long bits = 0;
    __builtin_memcpy(&bits, &value, sizeof(T));
    bits = alicuda_warp(kind, mask, bits, lane, width, file, line);
    __builtin_memcpy(&value, &bits, sizeof(T));
    return value;
}
#define __shfl_sync(...) alicuda_shuffle(ALICUDA_SHFL, __FILE__, __LINE__, __VA_ARGS__)
#define __shfl_up_sync(...) alicuda_shuffle(ALICUDA_SHFL_UP, __FILE__, __LINE__, __VA_ARGS__)
#define __shfl_down_sync(...) alicuda_shuffle(ALICUDA_SHFL_DOWN, __FILE__, __LINE__, __VA_ARGS__)
#define __shfl_xor_sync(...) alicuda_shuffle(ALICUDA_SHFL_XOR, __FILE__, __LINE__, __VA_ARGS__)
#define ALICUDA_VOTE(kind, mask, p) alicuda_warp(kind, mask, (p) != 0, 0, 32, __FILE__, __LINE__)
#define __ballot_sync(mask, p) ((unsigned)ALICUDA_VOTE(ALICUDA_BALLOT, mask, p))
#define __any_sync(mask, p) ((int)ALICUDA_VOTE(ALICUDA_ANY, mask, p))
#define __all_sync(mask, p) ((int)ALICUDA_VOTE(ALICUDA_ALL, mask, p))
static inline unsigned alicuda_full(unsigned mask = 0xffffffffu) { return mask; }
#define __syncwarp(...) ((void)ALICUDA_VOTE(ALICUDA_SYNCWARP, alicuda_full(__VA_ARGS__), 0))

enum { ALICUDA_ADD, ALICUDA_SUB, ALICUDA_MIN, ALICUDA_MAX, ALICUDA_EXCH, ALICUDA_CAS, ALICUDA_AND, ALICUDA_OR,
       ALICUDA_XOR, ALICUDA_SIGNED = 16, ALICUDA_FLOAT = 32 };

// The functions below are not inlined: where they return to is the line of the kernel that called them.
template <typename T>
static inline __attribute__((always_inline)) T alicuda_atomic_op(int kind, T* address, T value, T compare, void* caller) {
    unsigned long long v = 0, c = 0;
    __builtin_memcpy(&v, &value, sizeof(T));
    __builtin_memcpy(&c, &compare, sizeof(T));
    v = alicuda_atomic(kind, address, sizeof(T), v, c, caller);
    __builtin_memcpy(&value, &v, sizeof(T));
    return value;
}
#define ALICUDA_ATOMIC(name, T, kind)                                             \
    static __attribute__((noinline, unused)) T name(T* a, T v) {                  \
        return alicuda_atomic_op<T>(kind, a, v, (T)0, __builtin_return_address(0)); \
    }
#define ALICUDA_ATOMICS(T, sign)                                                                             \
    ALICUDA_ATOMIC(atomicAdd, T, ALICUDA_ADD | sign) ALICUDA_ATOMIC(atomicSub, T, ALICUDA_SUB | sign)        \
    ALICUDA_ATOMIC(atomicMin, T, ALICUDA_MIN | sign) ALICUDA_ATOMIC(atomicMax, T, ALICUDA_MAX | sign)        \
    ALICUDA_ATOMIC(atomicExch, T, ALICUDA_EXCH) ALICUDA_ATOMIC(atomicAnd, T, ALICUDA_AND)                    \
    ALICUDA_ATOMIC(atomicOr, T, ALICUDA_OR) ALICUDA_ATOMIC(atomicXor, T, ALICUDA_XOR)                        \
    static __attribute__((noinline, unused)) T atomicCAS(T* a, T compare, T v) {                             \
        return alicuda_atomic_op<T>(ALICUDA_CAS, a, v, compare, __builtin_return_address(0));                \
    }
ALICUDA_ATOMICS(int, ALICUDA_SIGNED)
ALICUDA_ATOMICS(unsigned, 0)
ALICUDA_ATOMICS(long long, ALICUDA_SIGNED)
ALICUDA_ATOMICS(unsigned long long, 0)
ALICUDA_ATOMIC(atomicAdd, float, ALICUDA_ADD | ALICUDA_FLOAT)
ALICUDA_ATOMIC(atomicExch, float, ALICUDA_EXCH)
ALICUDA_ATOMIC(atomicAdd, double, ALICUDA_ADD | ALICUDA_FLOAT)
