// The build that counts FLOPs: `float` and `double` are types that count their own arithmetic. What follows this file, the
// kernel above all, means them where it says float.
//
// An addition, subtraction, multiplication, division or mathematical function counts 1, an fma 2; comparing, choosing the
// smaller or larger, rounding, converting and changing the sign count 0. What is made of literals alone counts 0, since
// the compiler computes it. A Counted has size, alignment and place as an argument of the number in it.
#pragma once

extern "C" __thread unsigned long long alicuda_flops ALICUDA_PLACED;
#define ALICUDA_COUNT(flops) (alicuda_flops += (flops))

namespace alicuda {
constexpr void count(int flops) {
    if (!__builtin_is_constant_evaluated()) ALICUDA_COUNT(flops);
}

// ---- which types ------------------------------------------------------------------------------------------------
template <bool condition, typename T> struct If {};
template <typename T> struct If<true, T> { typedef T type; };

enum Kind { OTHER, WHOLE, REAL, LITERAL, COUNTED };
template <typename T> struct KindOf { static constexpr Kind kind = __is_enum(T) ? WHOLE : OTHER; };
#define ALICUDA_KIND(T, k) template <> struct KindOf<T> { static constexpr Kind kind = k; };
ALICUDA_KIND(bool, WHOLE) ALICUDA_KIND(char, WHOLE) ALICUDA_KIND(signed char, WHOLE) ALICUDA_KIND(unsigned char, WHOLE)
ALICUDA_KIND(short, WHOLE) ALICUDA_KIND(unsigned short, WHOLE) ALICUDA_KIND(int, WHOLE) ALICUDA_KIND(unsigned, WHOLE)
ALICUDA_KIND(long, WHOLE) ALICUDA_KIND(unsigned long, WHOLE) ALICUDA_KIND(long long, WHOLE)
ALICUDA_KIND(unsigned long long, WHOLE) ALICUDA_KIND(float, REAL) ALICUDA_KIND(double, REAL)
template <typename T> constexpr bool is_whole = KindOf<T>::kind == WHOLE;
template <typename T> constexpr bool is_real = KindOf<T>::kind == REAL;

// A literal such as 0.5f, which build.py writes as literal(0.5f): a plain number's product with an int would not count.
template <typename T>
struct Literal {
    T value;

    constexpr Literal() : value() {}
    constexpr Literal(T number) : value(number) {}
    template <typename U, typename = typename If<is_whole<U>, U>::type>
    constexpr Literal(U number) : value((T)number) {}
    template <typename U, typename = typename If<is_real<U>, U>::type>
    constexpr operator U() const { return (U)value; }
    template <typename U, typename If<is_whole<U>, int>::type = 0>
    explicit constexpr operator U() const { return (U)value; }
    constexpr Literal operator+() const { return *this; }
    constexpr Literal operator-() const { return Literal(T(-value)); }
};
template <typename T> struct KindOf<Literal<T>> { static constexpr Kind kind = LITERAL; };
template <typename T> constexpr Literal<T> literal(T number) { return Literal<T>(number); }

template <typename T> struct Counted;
template <typename T> constexpr T plain(T number) { return number; }
template <typename T> constexpr T plain(Literal<T> number) { return number.value; }
template <typename T> constexpr T plain(Counted<T> number) { return number.value; }

// Only numbers are converted implicitly to a Counted, and none is from it: so `c ? x : 0.0f` has one meaning.
template <typename T>
struct Counted {
    T value;

    Counted() = default;
    template <typename U, typename = typename If<is_whole<U> || is_real<U>, U>::type>
    constexpr Counted(U number) : value((T)number) {}
    template <typename U>
    constexpr Counted(Literal<U> number) : value((T)number.value) {}
    template <typename U>
    constexpr Counted(const volatile Counted<U>& other) : value((T)other.value) {}
    template <typename U>
    constexpr Counted& operator=(U other) { value = (T)plain(other); return *this; }
    template <typename U>
    void operator=(U other) volatile { value = (T)plain(other); }
    template <typename U, typename = typename If<is_whole<U> || is_real<U>, U>::type>
    explicit constexpr operator U() const volatile { return (U)value; }

    constexpr Counted operator+() const { return *this; }
    constexpr Counted operator-() const { return -value; }
#define ALICUDA_COUNTED_ASSIGNMENT(operation) \
    template <typename U> constexpr Counted& operator operation##=(U other) { return *this = *this operation other; } \
    template <typename U> void operator operation##=(U other) volatile { *this = *this operation other; }
    ALICUDA_COUNTED_ASSIGNMENT(+) ALICUDA_COUNTED_ASSIGNMENT(-)
    ALICUDA_COUNTED_ASSIGNMENT(*) ALICUDA_COUNTED_ASSIGNMENT(/)
    constexpr Counted& operator++() { return *this += 1; }
    constexpr Counted& operator--() { return *this -= 1; }
    constexpr Counted operator++(int) { Counted old = *this; *this += 1; return old; }
    constexpr Counted operator--(int) { Counted old = *this; *this -= 1; return old; }
};
template <typename T> struct KindOf<Counted<T>> { static constexpr Kind kind = COUNTED; };

// What an operator or a function of these operands gives: there is none (and the plain one is meant) where `counts` fails.
template <typename T> constexpr bool counts = KindOf<T>::kind == COUNTED;
template <typename T> constexpr bool is_number = KindOf<T>::kind != OTHER;
template <typename T> struct Real { typedef double type; };  // a whole number's mathematical functions are in double
template <> struct Real<float> { typedef float type; };
template <bool condition, typename T> using CountedIf = typename If<condition, Counted<T>>::type;
template <typename A, typename B> using Sum = decltype(plain(A()) + plain(B()));
template <typename A> constexpr bool is_literal = KindOf<A>::kind == LITERAL;
template <typename A, typename B>
constexpr bool either = (counts<A> && is_number<B>) || (is_number<A> && counts<B>);
template <typename A, typename B>
constexpr bool mixed = either<A, B> || (is_literal<A> && is_whole<B>) || (is_whole<A> && is_literal<B>);
// ... of a mathematical function, of which whole numbers in variables are operands too, unlike literals
template <typename A> constexpr bool varies = counts<A> || is_whole<A>;
template <typename A, typename B> constexpr bool one_varies = is_number<A> && is_number<B> && (varies<A> || varies<B>);

#define ALICUDA_COUNTED_OPERATOR(operation)                                                        \
    template <typename A, typename B, typename R = CountedIf<mixed<A, B>, Sum<A, B>>>               \
    constexpr R operator operation(A a, B b) { count(1); return R(plain(a) operation plain(b)); }  \
    template <typename A, typename B>                                                              \
    constexpr Literal<Sum<A, B>> operator operation(Literal<A> a, Literal<B> b) {                  \
        return Literal<Sum<A, B>>(a.value operation b.value);                                      \
    }
ALICUDA_COUNTED_OPERATOR(+) ALICUDA_COUNTED_OPERATOR(-) ALICUDA_COUNTED_OPERATOR(*) ALICUDA_COUNTED_OPERATOR(/)
#define ALICUDA_COUNTED_COMPARISON(comparison)                                                     \
    template <typename A, typename B, typename = CountedIf<mixed<A, B>, int>>                       \
    constexpr bool operator comparison(A a, B b) { return plain(a) comparison plain(b); }
ALICUDA_COUNTED_COMPARISON(<) ALICUDA_COUNTED_COMPARISON(>) ALICUDA_COUNTED_COMPARISON(<=)
ALICUDA_COUNTED_COMPARISON(>=) ALICUDA_COUNTED_COMPARISON(==) ALICUDA_COUNTED_COMPARISON(!=)
typedef Counted<float> Float;
typedef Counted<double> Double;
}  // namespace alicuda

// ---- the functions of arithmetic.h ------------------------------------------------------------------------------
#define ALICUDA_FUNCTION1(name, T, flops)                                                          \
    template <typename A, typename = alicuda::CountedIf<alicuda::varies<A>, int>>                   \
    static inline alicuda::Counted<T> name(A a) {                                                  \
        ALICUDA_COUNT(flops);                                                                      \
        return name((T)alicuda::plain(a));                                                         \
    }
#define ALICUDA_FUNCTION2(name, T, flops)                                                          \
    template <typename A, typename B, typename = alicuda::CountedIf<alicuda::one_varies<A, B>, int>> \
    static inline alicuda::Counted<T> name(A a, B b) {                                             \
        ALICUDA_COUNT(flops);                                                                      \
        return name((T)alicuda::plain(a), (T)alicuda::plain(b));                                   \
    }
#define ALICUDA_FUNCTION3(name, T)                                                                 \
    template <typename A, typename B, typename C,                                                  \
              typename = alicuda::CountedIf<alicuda::varies<A> || alicuda::one_varies<B, C>, int>>  \
    static inline alicuda::Counted<T> name(A a, B b, C c) {                                        \
        ALICUDA_COUNT(2);                                                                          \
        return name((T)alicuda::plain(a), (T)alicuda::plain(b), (T)alicuda::plain(c));             \
    }
// The forms for any type; `of` says when they are meant.
#define ALICUDA_ANY1(name, flops)                                                                  \
    template <typename A, typename = alicuda::CountedIf<alicuda::varies<A>, int>,                   \
              typename T = typename alicuda::Real<decltype(alicuda::plain(A()))>::type>            \
    static inline alicuda::Counted<T> name(A a) {                                                  \
        ALICUDA_COUNT(flops);                                                                      \
        return name((T)alicuda::plain(a));                                                         \
    }
#define ALICUDA_ANY2(name, of, flops)                                                              \
    template <typename A, typename B, typename = alicuda::CountedIf<alicuda::of<A, B>, int>,        \
              typename T = typename alicuda::Real<alicuda::Sum<A, B>>::type>                       \
    static inline alicuda::Counted<T> name(A a, B b) {                                             \
        ALICUDA_COUNT(flops);                                                                      \
        return name((T)alicuda::plain(a), (T)alicuda::plain(b));                                   \
    }
#define ALICUDA_COUNTED1(name, flops) ALICUDA_ANY1(name, flops) ALICUDA_FUNCTION1(name##f, float, flops)
#define ALICUDA_COUNTED2(name, flops) ALICUDA_ANY2(name, one_varies, flops) ALICUDA_FUNCTION2(name##f, float, flops)

ALICUDA_COUNTED1(exp, 1) ALICUDA_COUNTED1(exp2, 1) ALICUDA_COUNTED1(expm1, 1) ALICUDA_COUNTED1(exp10, 1)
ALICUDA_COUNTED1(log, 1) ALICUDA_COUNTED1(log2, 1) ALICUDA_COUNTED1(log10, 1) ALICUDA_COUNTED1(log1p, 1)
ALICUDA_COUNTED1(logb, 1) ALICUDA_COUNTED1(sqrt, 1) ALICUDA_COUNTED1(rsqrt, 1) ALICUDA_COUNTED1(cbrt, 1)
ALICUDA_COUNTED1(sin, 1) ALICUDA_COUNTED1(cos, 1) ALICUDA_COUNTED1(tan, 1) ALICUDA_COUNTED1(asin, 1)
ALICUDA_COUNTED1(acos, 1) ALICUDA_COUNTED1(atan, 1) ALICUDA_COUNTED1(sinh, 1) ALICUDA_COUNTED1(cosh, 1)
ALICUDA_COUNTED1(tanh, 1) ALICUDA_COUNTED1(asinh, 1) ALICUDA_COUNTED1(acosh, 1) ALICUDA_COUNTED1(atanh, 1)
ALICUDA_COUNTED1(erf, 1) ALICUDA_COUNTED1(erfc, 1) ALICUDA_COUNTED1(lgamma, 1) ALICUDA_COUNTED1(tgamma, 1)
ALICUDA_FUNCTION1(sinpi, double, 1) ALICUDA_FUNCTION1(cospi, double, 1)
ALICUDA_FUNCTION1(sinpif, float, 1) ALICUDA_FUNCTION1(cospif, float, 1)
ALICUDA_COUNTED1(fabs, 0) ALICUDA_COUNTED1(floor, 0) ALICUDA_COUNTED1(ceil, 0) ALICUDA_COUNTED1(trunc, 0)
ALICUDA_COUNTED1(round, 0) ALICUDA_COUNTED1(rint, 0) ALICUDA_COUNTED1(nearbyint, 0)
ALICUDA_COUNTED2(pow, 1) ALICUDA_COUNTED2(fmod, 1) ALICUDA_COUNTED2(atan2, 1) ALICUDA_COUNTED2(hypot, 1)
ALICUDA_COUNTED2(fdim, 1) ALICUDA_COUNTED2(remainder, 1) ALICUDA_COUNTED2(copysign, 0) ALICUDA_COUNTED2(nextafter, 0)
ALICUDA_COUNTED2(fmin, 0) ALICUDA_COUNTED2(fmax, 0)
ALICUDA_ANY2(min, either, 0) ALICUDA_ANY2(max, either, 0)
ALICUDA_FUNCTION3(fmaf, float) ALICUDA_FUNCTION3(__fmaf_rn, float) ALICUDA_FUNCTION3(__fma_rn, double)
ALICUDA_FUNCTION2(fdividef, float, 1) ALICUDA_FUNCTION2(__fdiv_rn, float, 1) ALICUDA_FUNCTION2(__ddiv_rn, double, 1)
ALICUDA_FUNCTION2(__fmul_rn, float, 1) ALICUDA_FUNCTION2(__fadd_rn, float, 1) ALICUDA_FUNCTION2(__fsub_rn, float, 1)
ALICUDA_FUNCTION2(__dmul_rn, double, 1) ALICUDA_FUNCTION2(__dadd_rn, double, 1) ALICUDA_FUNCTION2(__dsub_rn, double, 1)
ALICUDA_FUNCTION1(__frcp_rn, float, 1) ALICUDA_FUNCTION1(__fsqrt_rn, float, 1) ALICUDA_FUNCTION1(__frsqrt_rn, float, 1)
ALICUDA_FUNCTION1(__drcp_rn, double, 1) ALICUDA_FUNCTION1(__dsqrt_rn, double, 1)
ALICUDA_FUNCTION1(__saturatef, float, 0)

template <typename A, typename B, typename C, typename T = decltype(alicuda::Sum<A, B>() + alicuda::plain(C())),
          typename = alicuda::CountedIf<alicuda::counts<A> || alicuda::counts<B> || alicuda::counts<C>, int>>
static inline alicuda::Counted<T> fma(A a, B b, C c) {
    ALICUDA_COUNT(2);
    return fma((T)alicuda::plain(a), (T)alicuda::plain(b), (T)alicuda::plain(c));
}
template <typename T>
static inline alicuda::Counted<T> ldexp(alicuda::Counted<T> a, int b) { ALICUDA_COUNT(1); return ldexp(a.value, b); }
template <typename T>
static inline alicuda::Counted<float> ldexpf(alicuda::Counted<T> a, int b) { ALICUDA_COUNT(1); return ldexpf((float)a.value, b); }
template <typename T, typename U>
static inline void alicuda_sincos(alicuda::Counted<T> a, U* s, U* c) { *s = sin(a); *c = cos(a); }
template <typename T, typename U>
static inline void alicuda_sincosf(alicuda::Counted<T> a, U* s, U* c) { *s = sinf(a); *c = cosf(a); }
template <typename T, typename U>
static inline void sincospi(alicuda::Counted<T> a, U* s, U* c) { *s = sinpi(a); *c = cospi(a); }
template <typename T, typename U>
static inline void sincospif(alicuda::Counted<T> a, U* s, U* c) { *s = sinpif(a); *c = cospif(a); }
template <typename T>
static inline alicuda::Counted<T> abs(alicuda::Counted<T> a) { return fabs(a); }

// What gives no FLOP and no real number.
#define ALICUDA_UNCOUNTED(name) \
    template <typename T> static inline auto name(alicuda::Counted<T> a) -> decltype(name(a.value)) { return name(a.value); }
ALICUDA_UNCOUNTED(isnan) ALICUDA_UNCOUNTED(isinf) ALICUDA_UNCOUNTED(isfinite) ALICUDA_UNCOUNTED(signbit)
ALICUDA_UNCOUNTED(lround) ALICUDA_UNCOUNTED(llround) ALICUDA_UNCOUNTED(lrint) ALICUDA_UNCOUNTED(llrint)
ALICUDA_UNCOUNTED(lroundf) ALICUDA_UNCOUNTED(llroundf) ALICUDA_UNCOUNTED(lrintf) ALICUDA_UNCOUNTED(llrintf)
ALICUDA_UNCOUNTED(ilogb) ALICUDA_UNCOUNTED(ilogbf)
ALICUDA_UNCOUNTED(__float2int_rn) ALICUDA_UNCOUNTED(__float2int_rz) ALICUDA_UNCOUNTED(__float2int_rd)
ALICUDA_UNCOUNTED(__float2int_ru) ALICUDA_UNCOUNTED(__float2uint_rn) ALICUDA_UNCOUNTED(__float2uint_rz)
ALICUDA_UNCOUNTED(__float2ll_rn) ALICUDA_UNCOUNTED(__float2ll_rz) ALICUDA_UNCOUNTED(__double2int_rn)
ALICUDA_UNCOUNTED(__double2int_rz) ALICUDA_UNCOUNTED(__float_as_int) ALICUDA_UNCOUNTED(__float_as_uint)
ALICUDA_UNCOUNTED(__double_as_longlong)

// What makes a real number, which counts from then on.
#define __int2float_rn(a) alicuda::Float(__int2float_rn(a))
#define __uint2float_rn(a) alicuda::Float(__uint2float_rn(a))
#define __ll2float_rn(a) alicuda::Float(__ll2float_rn(a))
#define __ull2float_rn(a) alicuda::Float(__ull2float_rn(a))
#define __int_as_float(a) alicuda::Float(__int_as_float(a))
#define __uint_as_float(a) alicuda::Float(__uint_as_float(a))
#define __double2float_rn(a) alicuda::Float(a)
#define __int2double_rn(a) alicuda::Double(__int2double_rn(a))
#define __uint2double_rn(a) alicuda::Double(__uint2double_rn(a))
#define __longlong_as_double(a) alicuda::Double(__longlong_as_double(a))

#define float alicuda::Float
#define double alicuda::Double
