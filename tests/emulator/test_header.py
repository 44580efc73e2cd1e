"""The emulator's header beside NVRTC: what it declares NVRTC does too, with the values that CUDA's manual promises."""

import math

import numpy as np
import pytest

from alicuda import emulator, nvrtc
from alicuda.errors import InputError

# A statement that sets r, a double, from the arguments a = 0.75f, b = 0.3, n = -5, m = -(2^40) - 3; and what r is then.
# u points to an unsigned number that is 7.
A, B, M = 0.75, 0.3, -(2**40) - 3
KNOWN = {f"{name}(b)": getattr(math, name)(B) for name in (
    "acos", "asin", "atan", "sinh", "cosh", "asinh", "atanh", "erfc", "lgamma", "exp", "expm1", "log", "log2", "log10",
    "log1p", "sqrt", "sin", "cos", "tan", "tanh", "erf", "fabs", "floor", "ceil",
)} | {
    "acosf(a)": math.acos(A), "asinf(a)": math.asin(A), "atanf(a)": math.atan(A), "sinhf(a)": math.sinh(A),
    "coshf(a)": math.cosh(A), "acoshf(3.0f)": math.acosh(3), "erfcf(a)": math.erfc(A), "cbrtf(a)": A ** (1 / 3),
    "tgamma(a)": math.gamma(A), "exp10f(a)": 10**A, "exp10(b)": 10**B, "nearbyintf(a)": 1, "logb(b)": -2,
    "exp2f(a)": 2**A, "truncf(a)": 0, "roundf(a)": 1, "rint(b)": 0,
    "atan2f(a, -a)": math.atan2(A, -A), "hypotf(a, a)": math.hypot(A, A), "hypot(b, b)": math.hypot(B, B),
    "fdim(a, 1.0f)": 0, "remainder(5.0, 3.0)": -1, "nextafterf(1.0f, 2.0f)": 1 + 2**-23, "copysignf(a, -1.0f)": -A,
    "powf(a, a)": A**A, "pow(a, 2)": A * A, "fmodf(a, 0.5f)": 0.25, "fminf(a, 1.0f)": A, "fmax(b, 1.0)": 1,
    "fma(b, b, b)": B * B + B, "fmaf(a, a, a)": A * A + A, "__fma_rn(b, b, 1.0)": B * B + 1,
    "ldexpf(a, 3)": 6, "ldexp(b, n)": B / 32, "lroundf(2.5f)": 3, "llround(-2.5)": -3, "lrintf(2.5f)": 2,
    "llrint(3.5)": 4, "ilogbf(a)": -1, "rsqrtf(a)": A**-0.5, "rsqrt(b)": B**-0.5,
    "sinpi(b)": math.sin(math.pi * B), "cospif(a)": math.cos(math.pi * A),
    "__tanf(a)": math.tan(A), "__exp10f(a)": 10**A, "__log2f(a)": math.log2(A), "__log10f(a)": math.log10(A),
    "fdividef(a, 3.0f)": 0.25, "__fdividef(a, 3.0f)": 0.25, "__expf(a)": math.exp(A), "__powf(a, a)": A**A,
    "__dmul_rn(b, b)": B * B, "__dadd_rn(b, b)": B + B, "__dsub_rn(b, 1.0)": B - 1, "__ddiv_rn(b, 3.0)": B / 3,
    "__drcp_rn(b)": 1 / B, "__dsqrt_rn(b)": B**0.5, "__fmul_rn(a, a)": A * A, "__frcp_rn(a)": 1 / A,
    "signbit(-b) ? 1 : 0": 1, "isfinite(a) && !isnan(b) && !isinf(b)": 1,
    "min(n, 3u)": 3, "max(n, 3u)": 2**32 - 5, "max(a, 1.0)": 1, "min(m, 5ull)": 5, "min(1ul, 2ul)": 1,
    "abs(n)": 5, "abs(m)": -M, "llabs(m)": -M, "labs((long)n)": 5, "abs(-a)": A, "abs(-b)": B,
    "__clz(1)": 31, "__clzll(0)": 64, "__clzll(5)": 61, "__ffs(8)": 4, "__ffsll(m)": 1, "__ffsll(1ll << 40)": 41,
    "__popcll(7)": 3, "__brev(1)": 2**31, "__brevll(3)": 3 * 2**62, "__umulhi(1u << 31, 6)": 3, "__mulhi(1 << 30, -8)": -2,
    "__umul64hi(1ull << 63, 6)": 3, "__mul64hi(1ll << 62, -8)": -2,
    "__funnelshift_l(0x80000000u, 1u, 33)": 3, "__funnelshift_r(2u, 1u, 1)": 2**31 + 1,
    "__float2int_rn(2.5f)": 2, "__float2int_rz(-2.5f)": -2, "__float2int_rd(-2.5f)": -3, "__float2int_ru(2.5f)": 3,
    "__float2uint_rn(3.5f)": 4, "__float2uint_rz(3.5f)": 3, "__float2ll_rn(3.5f)": 4, "__float2ll_rz(-3.5f)": -3,
    "__ll2float_rn(m)": np.float32(M), "__ull2float_rn(3)": 3, "__double2int_rn(2.5)": 2, "__double2int_rz(-2.5)": -2,
    "__double2float_rn(b)": np.float32(B), "__int2double_rn(n)": -5, "__uint2double_rn(5u)": 5,
    "__double_as_longlong(1.0)": 1023 * 2.0**52, "__longlong_as_double(1023ll << 52)": 1,
    "__float_as_uint(1.0f)": 127 * 2**23, "__saturatef(3.0f)": 1,
    "__ldca(u) + __ldcg(u) + __ldcs(u) + __ldlu(u) + __ldcv(u) + __ldg(u)": 42,
    "warpSize": 32,
    "__CUDA_ARCH__ >= 700 && __CUDACC_RTC__ == 1": 1,
}  # fmt: skip
STATEMENTS = {
    "r = atomicInc(u, 7u); r += 10 * *u;": 7, "r = atomicInc(u, 9u); r += 10 * *u;": 87,
    "r = atomicDec(u, 9u); r += 10 * *u;": 67, "r = atomicDec(u, 3u); r += 10 * *u;": 37,
    "r = atomicSub(u, 2u); r += 10 * *u;": 57, "r = atomicExch(u, 2u); r += 10 * *u;": 27,
    "r = atomicAdd((unsigned long long*)p, 5ull); r += 10 * *p;": 116, "r = atomicMin(p, m); r += 2 * *p;": 6 + 2 * M,
    "double s, c; sincos(b, &s, &c); r = s + 10 * c;": math.sin(B) + 10 * math.cos(B),
    "double s, c; sincospi(b, &s, &c); r = s + 10 * c;": math.sin(math.pi * B) + 10 * math.cos(math.pi * B),
    "float s, c; __sincosf(a, &s, &c); r = s + 10 * c;": math.sin(A) + 10 * math.cos(A),
    "__stcg(u, 1); r = *u; __stcs(u, 2); r += 10 * *u; __stwb(u, 3); __stwt(u, 4); r += 100 * *u;": 421,
    "__threadfence(); __threadfence_block(); __threadfence_system(); __nanosleep(10); __builtin_assume(n < 0); ptrdiff_t d = n; r = d;": -5,
} | {
    f"{t}2 v = make_{t}2(1, 2); {t}3 w = make_{t}3(1, 2, 3); {t}4 z = make_{t}4(1, 2, 3, 4); {t}4 y = z;"
    f"r = v.x + 10 * v.y + 100 * w.z + 1000 * y.w + 10000 * (sizeof(y) == 4 * sizeof(y.x));": 14321
    for t in ("char", "uchar", "short", "ushort", "int", "uint", "float")
} | {
    f"{t}2 v = make_{t}2(1, 2); {t}2 w = v; r = w.x + 10 * w.y + sizeof(w);": 37 for t in ("double", "longlong", "ulonglong")
}  # fmt: skip
ALL = {f"r = {expression};": value for expression, value in KNOWN.items()} | STATEMENTS
TEXT = (
    'extern "C" __global__ void k(double* out, unsigned* us, long long* ps, float a, double b, int n, long long m) {\n'
    + "".join(
        f"{{ double r = 0; unsigned* u = us + {i}; long long* p = ps + {i}; {statement} out[{i}] = r; }}\n"
        for i, statement in enumerate(ALL)
    )
    + "}\n"
)
# NVRTC knows none of these, so that a kernel that uses one would fail on a GPU.
UNKNOWN = [
    "uchar c = 1;", "ushort c = 1;", "uint c = 1;", "int32_t c = 1;", "float c = INFINITY;", "double c = M_PI;",
    "atomicAdd(p, 1ll);", "atomicSub((unsigned long long*)p, 1ull);", "atomicCAS(p, 1ll, 1ll);",
    "memmove(p, p + 1, 8);", "r = std::sqrt(b);", "r = min(n, m);",
]  # fmt: skip
needs_nvrtc = pytest.mark.skipif(nvrtc.missing() is not None, reason=str(nvrtc.missing()))


@pytest.mark.parametrize("build", ["fast", "checked"])
def test_values(build):
    out, u, p = np.zeros(len(ALL)), np.full(len(ALL), 7, np.uint32), np.full(len(ALL), 6, np.int64)
    emulator.compile(TEXT, build=build).kernel("k")[1, 1](out, u, p, A, B, -5, M)
    for statement, got, expected in zip(ALL, out, ALL.values(), strict=True):
        assert got == pytest.approx(float(expected), rel=3e-7), statement


@needs_nvrtc
def test_nvrtc_knows_them_all():
    nvrtc.compile(TEXT, 80)


@pytest.mark.parametrize("statement", UNKNOWN)
def test_what_nvrtc_does_not_know(statement):
    text = f'extern "C" __global__ void k(long long* p, double b, int n, long long m) {{ double r = 0; {statement} p[0] = r; }}'
    with pytest.raises(InputError, match="does not compile"):
        emulator.compile(text, build="fast")
    if nvrtc.missing() is None:
        with pytest.raises(nvrtc.CompileError):
            nvrtc.compile(text, 80)
