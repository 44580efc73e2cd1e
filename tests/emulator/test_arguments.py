"""Arguments are checked against the kernel's own signature before anything runs."""

import numpy as np
import pytest

from alicuda import emulator, kernel_source
from alicuda.errors import InputError

SOURCE = """
extern "C" __global__ void k(const float* x, float* y, int n, float a) { if (n > 0) y[0] = x[0] + a; }
extern "C" __global__ void four(const float4* x, float2* y) { y[0].x = x[0].w; }
extern "C" __global__ void small(unsigned char c, bool b, long long i, double* d) { d[0] = c + b + i; }
"""


def vector(n=8, dtype=np.float32):
    return np.zeros(n, dtype)


def read_only(array):
    array.flags.writeable = False
    return array


WRONG = [
    ("k", (), r"k\(const float\* x, float\* y, int n, float a\) takes 4 arguments, not 0"),
    ("k", (vector(), vector(), 8), "takes 4 arguments, not 3"),
    ("k", (vector(dtype=np.float64), vector(), 8, 1.0), r"`const float\* x` takes an array of float32, not of float64"),
    ("k", (vector(dtype=">f4"), vector(), 8, 1.0), "not of >f4"),
    ("k", ([1.0, 2.0], vector(), 8, 1.0), "takes an array of float32, not list"),
    ("k", (np.float32(1), vector(), 8, 1.0), "takes an array of float32, not float32"),
    ("k", (None, vector(), 8, 1.0), "not NoneType None"),
    ("k", (vector(16)[::2], vector(), 8, 1.0), "takes a contiguous array; this one is a strided view"),
    ("k", (vector(), np.zeros((4, 4), np.float32).T, 8, 1.0), "takes a contiguous array"),
    ("k", (vector(), read_only(vector()), 8, 1.0), r"`float\* y` is written by the kernel, but the array is read-only"),
    ("k", (vector(), vector(), 8.0, 1.0), "`int n` takes a whole number, not float 8.0"),
    ("k", (vector(), vector(), True, 1.0), "`int n` takes a whole number, not bool True"),
    ("k", (vector(), vector(), 2**31, 1.0), "holds -2147483648 to 2147483647; 2147483648 does not fit"),
    ("k", (vector(), vector(), vector(1, np.int32), 1.0), "takes a whole number, not an array of int32"),
    ("k", (vector(), vector(), 8, "1"), "`float a` takes a number, not str '1'"),
    ("four", (vector(6), vector()), r"`const float4\* x` takes an array whose size divides by 4, not one of 6"),
    ("four", (vector(8), vector(5)), "divides by 2, not one of 5"),
    ("small", (256, True, 0, vector(dtype=np.float64)), "holds 0 to 255; 256 does not fit"),
    ("small", (-1, True, 0, vector(dtype=np.float64)), "holds 0 to 255; -1 does not fit"),
    ("small", (1, 2, 0, vector(dtype=np.float64)), "`bool b` takes a whole number, not int 2"),
]  # fmt: skip


@pytest.mark.parametrize("kernel, args, message", WRONG)
def test_refused_in_one_sentence(kernel, args, message):
    with pytest.raises(InputError, match=message) as caught:
        emulator.compile(SOURCE, build="fast").kernel(kernel)[1, 1](*args)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("build", ["fast", "checked"])
def test_taken_as_they_are(build):
    p = emulator.compile(SOURCE, build=build)
    x, y = read_only(np.full((2, 4), 3, np.float32)), vector()
    p.kernel("k")[1, 1](x, y, np.int64(5), 1)
    assert y[0] == 4
    p.kernel("k")[1, 1](x, y[4:], 1, np.float64(0.5))
    assert y[4] == 3.5, "a view is changed in place"
    p.kernel("k")[1, 1](vector(0), vector(0), 0, 0.0)
    d = vector(1, np.float64)
    p.kernel("small")[1, 1](np.uint8(200), np.bool_(True), -(2**40), d)
    assert d[0] == 201 - 2**40
    x, y = np.arange(4, dtype=np.float32), vector(2)
    p.kernel("four")[1, 1](x, y)
    assert y[0] == 3


def test_arrays_that_overlap_stay_one_memory():
    text = 'extern "C" __global__ void k(const float* x, float* y) { y[threadIdx.x] = x[threadIdx.x]; }'
    for build in ("fast", "checked"):
        a = np.arange(9, dtype=np.float32)
        emulator.compile(text, build=build).kernel("k")[1, 8](a[:8], a[1:])
        assert a.tolist() == [0] * 9, build


def test_fresh_arrays_are_poisoned_until_written():
    text = 'extern "C" __global__ void k(const float* x, float* y) { y[threadIdx.x] = x[threadIdx.x]; }'
    copy = emulator.compile(text).kernel("k")
    x, y = emulator.empty(8), emulator.empty((2, 4), np.int32)
    assert np.isnan(x).all() and (y == -1).all() and x.ctypes.data % 256 == 0
    with pytest.raises(emulator.KernelError, match=r"reads x\[0\], which nobody has written"):
        copy[1, 8](x, vector())
    x[:] = 5  # by NumPy
    copy[1, 8](x, vector())
    z = emulator.empty(8)
    copy[1, 4](x, z)  # by a kernel, the first half
    copy[1, 4](z, vector())
    with pytest.raises(emulator.KernelError, match=r"reads z?x?\[4\]"):
        copy[1, 8](z, vector())


def test_signatures():
    parsed = kernel_source.load(
        """
        // extern "C" __global__ void commented(int x) {}
        extern "C" __global__ void
        __launch_bounds__(256, 2) a(const float* __restrict__ x, const  unsigned  int n, float const *y, float4 *z) {}
        extern "C" { __global__ void b(void) { if ('}') {} } __global__ void c(float y[], long int n) {} }
        extern "C" void __launch_bounds__(64) static __global__ d(const float y[4], size_t n) {}
        void plain(int n) {}
        """
    )
    assert [str(s) for s in parsed.kernels.values()] == [
        "a(const float* x, const unsigned int n, const float* y, float4* z)", "b()",
        "c(float* y, long int n)", "d(const float* y, size_t n)",
    ]  # fmt: skip
    for text, message in [
        ("__global__ void k(int n) {}", 'needs `extern "C"`'),
        ('extern "C" __global__ void k(float** x) {}', "has a parameter `float[*][*] x`"),
        ('extern "C" __global__ void k(half n) {}', "has a parameter `half n`"),
        ('extern "C" __global__ void k(float y[4][4]) {}', r"has a parameter `float y\[4\]\[4\]`"),
        ('extern "C" __global__ void k(int n = 3) {}', "has a parameter `int n = 3`"),
        ('extern "C" { int a; }\n__global__ void k(int n) {}', 'needs `extern "C"`'),
        ('extern "C" __global__ void k(float4 v) {}', "has a parameter `float4 v`"),
        ("template <int N> __global__ void k(int n) {}", "is a template"),
    ]:
        with pytest.raises(InputError, match=message):
            kernel_source.load(text).kernels  # noqa: B018
    with pytest.raises(InputError, match=r"no kernel named e; it has: a, b, c, d"):
        parsed.signature("e")
    with pytest.raises(InputError, match=r"no kernel named \['a'\]"):
        parsed.signature(["a"])
    made = kernel_source.load('#define K(n) extern "C" GLOBAL void n() {}\n#define GLOBAL __global__\nK(a)')
    with pytest.raises(InputError, match=r"it has: none of the form .* not made by a macro"):
        made.signature("a")
    made = kernel_source.load(
        '#define K(n) \\\n    extern "C" __global__ void n(float* y) {}\nK(a)\nextern "C" __global__ void b() {}'
    )
    assert list(made.kernels) == ["b"]  # and no kernel called n
    marked = kernel_source.load('\ufeffextern "C" __global__ void k() {}\n')
    assert list(marked.kernels) == ["k"] and "\ufeff" not in marked.text


def test_kernels_that_cannot_be_launched_do_not_hide_the_others():
    program = emulator.compile("""
    struct S { int a; };
    template <typename T> __global__ void wide(T* y) { y[0] = 1; }
    extern "C" __global__ void whole(S s, float* y) { y[0] = s.a; }
    __global__ void nameless(float* y) { y[0] = 2; }
    extern "C" __global__ void fine(float* y) { y[threadIdx.x] = threadIdx.x; }
    """)
    y = emulator.empty(8)
    program.kernel("fine")[1, 8](y)
    assert np.array_equal(y, np.arange(8)) and list(program.kernels) == ["fine"]
    for name, why in (
        ("wide", "is a template"),
        ("whole", "has a parameter `S s`"),
        ("nameless", 'needs `extern "C"`'),
    ):
        with pytest.raises(InputError, match=f"kernel {name} {why}"):
            program.kernel(name)
