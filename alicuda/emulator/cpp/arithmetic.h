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
ALICUDA_MATH1(trunc) ALICUDA_MATH1(round) ALICUDA_MATH1(rint)
ALICUDA_MATH2(pow) ALICUDA_MATH2(fmod) ALICUDA_MATH2(atan2) ALICUDA_MATH2(copysign) ALICUDA_MATH2(fmin) ALICUDA_MATH2(fmax)
extern "C" double fma(double, double, double);
extern "C" float fmaf(float, float, float);
static inline float fma(float a, float b, float c) { return fmaf(a, b, c); }

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
static inline double abs(double a) { return fabs(a); }
static inline bool isnan(float a) { return __builtin_isnan(a); }
static inline bool isnan(double a) { return __builtin_isnan(a); }
static inline bool isinf(float a) { return __builtin_isinf(a); }
static inline bool isinf(double a) { return __builtin_isinf(a); }
static inline bool isfinite(float a) { return __builtin_isfinite(a); }
static inline bool isfinite(double a) { return __builtin_isfinite(a); }
static inline float rsqrtf(float a) { return 1.0f / sqrtf(a); }
static inline float rsqrt(float a) { return rsqrtf(a); }
static inline double rsqrt(double a) { return 1.0 / sqrt(a); }
static inline float sinpif(float a) { return (float)sin(3.14159265358979323846 * (double)a); }
static inline float cospif(float a) { return (float)cos(3.14159265358979323846 * (double)a); }
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
static inline float __fsub_rn(float a, float b) { volatile float d = a - b; return d; }
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
