// What a kernel sees of CUDA C++: pasted before its source by the emulator. It declares much of what NVRTC declares by
// itself, and nothing that NVRTC would not; docs/emulator.md lists what is missing. No C++ standard library.
#pragma once
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
#define __CUDACC_RTC__ 1
#define __CUDA_ARCH__ 700  // warp functions are those of Volta

// One array a block and so one an OS thread; inside a function, thread_local implies static. Before each use of an `extern`
// one C++ would call a function that initialises it. There is none: g++ is told so by __constinit; clang, which refuses
// that for structs, by __thread, which build.py puts where it reads `extern __shared__`.
#if defined(__clang__)
#define __shared__ __attribute__((aligned(128))) thread_local
#define __dynamic_shared__ __attribute__((aligned(128))) __thread
#else
#define __shared__ __attribute__((aligned(128))) __constinit thread_local
#define __builtin_assume(condition) ((void)0)
#endif

static const int warpSize = 32;

#include "arithmetic.h"
#if ALICUDA_COUNTING
#include "counting.h"
#else
#define ALICUDA_COUNT(flops) ((void)0)
#endif
#include "vectors.h"

#if ALICUDA_CHECKED  // g++ instruments no call of these
extern "C" void* __tsan_memcpy(void*, const void*, size_t);
extern "C" void* __tsan_memset(void*, int, size_t);
#define memcpy __tsan_memcpy
#define memset __tsan_memset
#else
extern "C" void* memcpy(void*, const void*, size_t);
extern "C" void* memset(void*, int, size_t);
#endif

#define __ldg(pointer) (*(pointer))
#define __ldca __ldg
#define __ldcg __ldg
#define __ldcs __ldg
#define __ldlu __ldg
#define __ldcv __ldg
#define __stwb(pointer, value) (*(pointer) = (value))
#define __stcg __stwb
#define __stcs __stwb
#define __stwt __stwb
#define __nanosleep(ns) ((void)(ns))

// ---- barriers, warp functions, atomics: the runtime's ------------------------------------------------------------
extern "C" {
void alicuda_barrier(const char* file, int line);
int alicuda_barrier_vote(int kind, int predicate, const char* file, int line);
unsigned long long alicuda_warp(int kind, unsigned mask, unsigned long long value, int lane, int width,
                                const char* file, int line, void* caller);
unsigned long long alicuda_atomic(int kind, void* address, int size, unsigned long long value,
                                  unsigned long long compare, void* caller);
int alicuda_print(const char* format, ...) __attribute__((format(printf, 1, 2)));
void alicuda_assert(const char* text, const char* file, int line);
}

#if ALICUDA_COUNTING  // what was printed, the launch that counts need not print again
template <typename... T> static inline int alicuda_print_nothing(const char*, T...) { return 0; }
#define printf(...) alicuda_print_nothing(__VA_ARGS__)
#else
#define printf(...) alicuda_print(__VA_ARGS__)
#endif
#define assert(condition) ((condition) ? (void)0 : alicuda_assert(#condition, __FILE__, __LINE__))
#define __trap() alicuda_assert("__trap()", __FILE__, __LINE__)

#define __syncthreads() alicuda_barrier(__FILE__, __LINE__)
#define __syncthreads_count(p) alicuda_barrier_vote(0, (p) != 0, __FILE__, __LINE__)
#define __syncthreads_and(p) alicuda_barrier_vote(1, (p) != 0, __FILE__, __LINE__)
#define __syncthreads_or(p) alicuda_barrier_vote(2, (p) != 0, __FILE__, __LINE__)
#define __threadfence() __atomic_thread_fence(__ATOMIC_SEQ_CST)
#define __threadfence_block __threadfence
#define __threadfence_system __threadfence

enum { ALICUDA_SHFL, ALICUDA_SHFL_UP, ALICUDA_SHFL_DOWN, ALICUDA_SHFL_XOR,
       ALICUDA_BALLOT, ALICUDA_ANY, ALICUDA_ALL, ALICUDA_SYNCWARP };

template <typename T>
static inline ALICUDA_SEEN T alicuda_shuffle(int kind, const char* file, int line, unsigned mask, T value, int lane,
                                int width = 32) {
    static_assert(sizeof(T) == 4 || sizeof(T) == 8, "a shuffle moves 4 or 8 bytes");
    unsigned long long bits = 0;
    __builtin_memcpy(&bits, &value, sizeof(T));
    bits = alicuda_warp(kind, mask, bits, lane, width, file, line, __builtin_return_address(0));
    __builtin_memcpy(&value, &bits, sizeof(T));
    return value;
}
#define __shfl_sync(...) alicuda_shuffle(ALICUDA_SHFL, __FILE__, __LINE__, __VA_ARGS__)
#define __shfl_up_sync(...) alicuda_shuffle(ALICUDA_SHFL_UP, __FILE__, __LINE__, __VA_ARGS__)
#define __shfl_down_sync(...) alicuda_shuffle(ALICUDA_SHFL_DOWN, __FILE__, __LINE__, __VA_ARGS__)
#define __shfl_xor_sync(...) alicuda_shuffle(ALICUDA_SHFL_XOR, __FILE__, __LINE__, __VA_ARGS__)
#define ALICUDA_VOTE(kind, mask, p) alicuda_warp(kind, mask, (p) != 0, 0, 32, __FILE__, __LINE__, nullptr)
#define __ballot_sync(mask, p) ((unsigned)ALICUDA_VOTE(ALICUDA_BALLOT, mask, p))
#define __any_sync(mask, p) ((int)ALICUDA_VOTE(ALICUDA_ANY, mask, p))
#define __all_sync(mask, p) ((int)ALICUDA_VOTE(ALICUDA_ALL, mask, p))
static inline ALICUDA_SEEN unsigned alicuda_full(unsigned mask = 0xffffffffu) { return mask; }
#define __syncwarp(...) ((void)ALICUDA_VOTE(ALICUDA_SYNCWARP, alicuda_full(__VA_ARGS__), 0))

enum { ALICUDA_ADD, ALICUDA_SUB, ALICUDA_MIN, ALICUDA_MAX, ALICUDA_EXCH, ALICUDA_CAS, ALICUDA_AND, ALICUDA_OR,
       ALICUDA_XOR, ALICUDA_INC, ALICUDA_DEC, ALICUDA_SIGNED = 16, ALICUDA_FLOAT = 32 };

// The functions below are not inlined: where they return to is the line of the kernel that called them.
template <typename T>
static inline ALICUDA_SEEN T alicuda_atomic_op(int kind, T* address, T value, T compare, void* caller) {
    if (kind & ALICUDA_FLOAT) ALICUDA_COUNT(1);
    unsigned long long v = 0, c = 0;
    __builtin_memcpy(&v, &value, sizeof(T));
    __builtin_memcpy(&c, &compare, sizeof(T));
    v = alicuda_atomic(kind, address, sizeof(T), v, c, caller);
    __builtin_memcpy(&value, &v, sizeof(T));
    return value;
}
#define ALICUDA_ATOMIC(name, T, kind)                                         \
    static ALICUDA_SEEN __attribute__((noinline, unused)) T name(T* a, T v) { \
        return alicuda_atomic_op<T>(kind, a, v, (T)0, __builtin_return_address(0)); \
    }
#define ALICUDA_ATOMICS(T, sign)                                                                             \
    ALICUDA_ATOMIC(atomicMin, T, ALICUDA_MIN | sign) ALICUDA_ATOMIC(atomicMax, T, ALICUDA_MAX | sign)        \
    ALICUDA_ATOMIC(atomicAnd, T, ALICUDA_AND) ALICUDA_ATOMIC(atomicOr, T, ALICUDA_OR)                        \
    ALICUDA_ATOMIC(atomicXor, T, ALICUDA_XOR)
#define ALICUDA_ATOMIC_SUMS(T)                                                                               \
    ALICUDA_ATOMIC(atomicAdd, T, ALICUDA_ADD) ALICUDA_ATOMIC(atomicExch, T, ALICUDA_EXCH)                    \
    static ALICUDA_SEEN __attribute__((noinline, unused)) T atomicCAS(T* a, T compare, T v) {                \
        return alicuda_atomic_op<T>(ALICUDA_CAS, a, v, compare, __builtin_return_address(0));                \
    }
ALICUDA_ATOMICS(int, ALICUDA_SIGNED)
ALICUDA_ATOMICS(unsigned, 0)
ALICUDA_ATOMICS(long long, ALICUDA_SIGNED)
ALICUDA_ATOMICS(unsigned long long, 0)
ALICUDA_ATOMIC_SUMS(int) ALICUDA_ATOMIC_SUMS(unsigned) ALICUDA_ATOMIC_SUMS(unsigned long long)
ALICUDA_ATOMIC(atomicSub, int, ALICUDA_SUB) ALICUDA_ATOMIC(atomicSub, unsigned, ALICUDA_SUB)
ALICUDA_ATOMIC(atomicInc, unsigned, ALICUDA_INC) ALICUDA_ATOMIC(atomicDec, unsigned, ALICUDA_DEC)
ALICUDA_ATOMIC(atomicAdd, float, ALICUDA_ADD | ALICUDA_FLOAT)
ALICUDA_ATOMIC(atomicExch, float, ALICUDA_EXCH)
ALICUDA_ATOMIC(atomicAdd, double, ALICUDA_ADD | ALICUDA_FLOAT)
