// The arithmetic that NVRTC knows without a header. Declared here and not taken from <math.h>, of which C++ compilers
// have versions of their own; the functions are libm's.
#pragma once

#define ALICUDA_MATH1(name)                                            \
    extern "C" double name(double);                                    \
    extern "C" float name##f(float);                                   \
    static inline float name(float a) { return name##f(a); }
#define ALICUDA_MATH2(name)                                            \
    extern "C" double name(double, double);                            \
    extern "C" float name##f(float, float);                            \
    static inline float name(float a, float b) { return name##f(a, b); }
ALICUDA_MATH1(exp) ALICUDA_MATH1(exp2) ALICUDA_MATH1(expm1) ALICUDA_MATH1(log) ALICUDA_MATH1(log2)
ALICUDA_MATH1(log10) ALICUDA_MATH1(log1p) ALICUDA_MATH1(sqrt) ALICUDA_MATH1(cbrt) ALICUDA_MATH1(sin) ALICUDA_MATH1(cos)
ALICUDA_MATH1(tan) ALICUDA_MATH1(tanh) ALICUDA_MATH1(erf) ALICUDA_MATH1(fabs) ALICUDA_MATH1(floor) ALICUDA_MATH1(ceil)
ALICUDA_MATH1(trunc) ALICUDA_MATH1(round) ALICUDA_MATH1(rint) ALICUDA_MATH1(nearbyint) ALICUDA_MATH1(logb)
ALICUDA_MATH1(exp10) ALICUDA_MATH1(acos) ALICUDA_MATH1(asin) ALICUDA_MATH1(atan) ALICUDA_MATH1(sinh) ALICUDA_MATH1(cosh)
ALICUDA_MATH1(acosh) ALICUDA_MATH1(asinh) ALICUDA_MATH1(atanh) ALICUDA_MATH1(erfc) ALICUDA_MATH1(lgamma) ALICUDA_MATH1(tgamma)
ALICUDA_MATH2(pow) ALICUDA_MATH2(fmod) ALICUDA_MATH2(atan2) ALICUDA_MATH2(copysign) ALICUDA_MATH2(fmin) ALICUDA_MATH2(fmax)
ALICUDA_MATH2(hypot) ALICUDA_MATH2(fdim) ALICUDA_MATH2(remainder) ALICUDA_MATH2(nextafter)
extern "C" double fma(double, double, double);
extern "C" float fmaf(float, float, float);
static inline float fma(float a, float b, float c) { return fmaf(a, b, c); }
extern "C" double ldexp(double, int);
extern "C" float ldexpf(float, int);
static inline float ldexp(float a, int b) { return ldexpf(a, b); }

#define ALICUDA_TO_WHOLE(name, T)                                  \
    extern "C" T name(double);                                     \
    extern "C" T name##f(float);                                   \
    static inline T name(float a) { return name##f(a); }
ALICUDA_TO_WHOLE(lround, long) ALICUDA_TO_WHOLE(llround, long long)
ALICUDA_TO_WHOLE(lrint, long) ALICUDA_TO_WHOLE(llrint, long long) ALICUDA_TO_WHOLE(ilogb, int)

#define ALICUDA_MIN_MAX(T)                                        \
    static inline T min(T a, T b) { return b < a ? b : a; }       \
    static inline T max(T a, T b) { return a < b ? b : a; }
ALICUDA_MIN_MAX(int) ALICUDA_MIN_MAX(unsigned) ALICUDA_MIN_MAX(long) ALICUDA_MIN_MAX(unsigned long)
ALICUDA_MIN_MAX(long long) ALICUDA_MIN_MAX(unsigned long long)
static inline float min(float a, float b) { return fminf(a, b); }
static inline float max(float a, float b) { return fmaxf(a, b); }
static inline double min(double a, double b) { return fmin(a, b); }
static inline double max(double a, double b) { return fmax(a, b); }
#define ALICUDA_MIXED_MIN_MAX(S, T)                                                                      \
    static inline T min(S a, T b) { return min((T)a, b); } static inline T min(T a, S b) { return min(a, (T)b); } \
    static inline T max(S a, T b) { return max((T)a, b); } static inline T max(T a, S b) { return max(a, (T)b); }
ALICUDA_MIXED_MIN_MAX(int, unsigned) ALICUDA_MIXED_MIN_MAX(long, unsigned long)
ALICUDA_MIXED_MIN_MAX(long long, unsigned long long) ALICUDA_MIXED_MIN_MAX(float, double)

static inline int abs(int a) { return a < 0 ? -a : a; }
static inline long labs(long a) { return a < 0 ? -a : a; }
static inline long long llabs(long long a) { return a < 0 ? -a : a; }
static inline long abs(long a) { return labs(a); }
static inline long long abs(long long a) { return llabs(a); }
static inline float abs(float a) { return fabsf(a); }
static inline double abs(double a) { return fabs(a); }
static inline bool isnan(float a) { return __builtin_isnan(a); }
static inline bool isnan(double a) { return __builtin_isnan(a); }
static inline bool isinf(float a) { return __builtin_isinf(a); }
static inline bool isinf(double a) { return __builtin_isinf(a); }
static inline bool isfinite(float a) { return __builtin_isfinite(a); }
static inline bool isfinite(double a) { return __builtin_isfinite(a); }
static inline bool signbit(float a) { return __builtin_signbit(a); }
static inline bool signbit(double a) { return __builtin_signbit(a); }
static inline float rsqrtf(float a) { return 1.0f / sqrtf(a); }
static inline float rsqrt(float a) { return rsqrtf(a); }
static inline double rsqrt(double a) { return 1.0 / sqrt(a); }
static inline double sinpi(double a) { return sin(3.14159265358979323846 * a); }
static inline double cospi(double a) { return cos(3.14159265358979323846 * a); }
static inline float sinpif(float a) { return (float)sinpi((double)a); }
static inline float cospif(float a) { return (float)cospi((double)a); }
static inline void sincospi(double a, double* s, double* c) { *s = sinpi(a); *c = cospi(a); }
static inline void sincospif(float a, float* s, float* c) { *s = sinpif(a); *c = cospif(a); }
static inline void alicuda_sincos(double a, double* s, double* c) { *s = sin(a); *c = cos(a); }
static inline void alicuda_sincosf(float a, float* s, float* c) { *s = sinf(a); *c = cosf(a); }
#define sincos alicuda_sincos
#define sincosf alicuda_sincosf

// rounding and fast-math forms: here all of them are the exact ones
#define __expf expf
#define __logf logf
#define __sinf sinf
#define __cosf cosf
#define __tanf tanf
#define __exp10f exp10f
#define __log2f log2f
#define __log10f log10f
#define __powf powf
#define __sincosf sincosf
static inline float fdividef(float a, float b) { return a / b; }
#define __fdividef fdividef
static inline float __fmaf_rn(float a, float b, float c) { return fmaf(a, b, c); }
static inline float __frcp_rn(float a) { return 1.0f / a; }
static inline float __fsqrt_rn(float a) { return sqrtf(a); }
static inline float __frsqrt_rn(float a) { return 1.0f / sqrtf(a); }
static inline double __fma_rn(double a, double b, double c) { return fma(a, b, c); }
static inline double __drcp_rn(double a) { return 1.0 / a; }
static inline double __dsqrt_rn(double a) { return sqrt(a); }
// never contracted into an fma: the volatile keeps the product rounded
#define ALICUDA_ROUNDED(name, T, operation) \
    static inline T name(T a, T b) { volatile T rounded = a operation b; return rounded; }
ALICUDA_ROUNDED(__fmul_rn, float, *) ALICUDA_ROUNDED(__fadd_rn, float, +) ALICUDA_ROUNDED(__fsub_rn, float, -)
ALICUDA_ROUNDED(__dmul_rn, double, *) ALICUDA_ROUNDED(__dadd_rn, double, +) ALICUDA_ROUNDED(__dsub_rn, double, -)
static inline float __fdiv_rn(float a, float b) { return a / b; }
static inline double __ddiv_rn(double a, double b) { return a / b; }
static inline float __saturatef(float a) { return fminf(fmaxf(a, 0.0f), 1.0f); }
static inline float __int2float_rn(int a) { return (float)a; }
static inline float __uint2float_rn(unsigned a) { return (float)a; }
static inline int __float2int_rn(float a) { return (int)rintf(a); }
static inline int __float2int_rz(float a) { return (int)a; }
static inline int __float2int_rd(float a) { return (int)floorf(a); }
static inline int __float2int_ru(float a) { return (int)ceilf(a); }
static inline unsigned __float2uint_rn(float a) { return (unsigned)rintf(a); }
static inline unsigned __float2uint_rz(float a) { return (unsigned)a; }
static inline long long __float2ll_rn(float a) { return (long long)rintf(a); }
static inline long long __float2ll_rz(float a) { return (long long)a; }
static inline float __ll2float_rn(long long a) { return (float)a; }
static inline float __ull2float_rn(unsigned long long a) { return (float)a; }
static inline int __double2int_rn(double a) { return (int)rint(a); }
static inline int __double2int_rz(double a) { return (int)a; }
static inline float __double2float_rn(double a) { return (float)a; }
static inline double __int2double_rn(int a) { return a; }
static inline double __uint2double_rn(unsigned a) { return a; }

static inline unsigned __umulhi(unsigned a, unsigned b) { return (unsigned)(((unsigned long long)a * b) >> 32); }
static inline int __mulhi(int a, int b) { return (int)(((long long)a * b) >> 32); }
static inline unsigned long long __umul64hi(unsigned long long a, unsigned long long b) {
    return (unsigned long long)(((unsigned __int128)a * b) >> 64);
}
static inline long long __mul64hi(long long a, long long b) { return (long long)(((__int128)a * b) >> 64); }
static inline unsigned __funnelshift_l(unsigned low, unsigned high, unsigned shift) {
    return (unsigned)((((unsigned long long)high << 32 | low) << (shift & 31)) >> 32);
}
static inline unsigned __funnelshift_r(unsigned low, unsigned high, unsigned shift) {
    return (unsigned)(((unsigned long long)high << 32 | low) >> (shift & 31));
}
static inline int __popc(unsigned a) { return __builtin_popcount(a); }
static inline int __popcll(unsigned long long a) { return __builtin_popcountll(a); }
static inline int __clz(int a) { return a ? __builtin_clz((unsigned)a) : 32; }
static inline int __clzll(long long a) { return a ? __builtin_clzll((unsigned long long)a) : 64; }
static inline int __ffs(int a) { return __builtin_ffs(a); }
static inline int __ffsll(long long a) { return __builtin_ffsll(a); }
static inline unsigned __brev(unsigned a) {
    unsigned r = 0;
    for (int i = 0; i < 32; ++i) r |= ((a >> i) & 1u) << (31 - i);
    return r;
}
static inline unsigned long long __brevll(unsigned long long a) {
    return (unsigned long long)__brev((unsigned)a) << 32 | __brev((unsigned)(a >> 32));
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
static inline long long __double_as_longlong(double a) { return alicuda_bits<long long>(a); }
static inline double __longlong_as_double(long long a) { return alicuda_bits<double>(a); }
