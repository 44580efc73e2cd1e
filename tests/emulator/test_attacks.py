"""What an adversary tried: names of libc's, launches within launches, damaged caches, arguments that are none."""

import os
import shutil
import signal
import subprocess
import sys

import numpy as np
import pytest

from alicuda import emulator
from alicuda.emulator import KernelError, build, debug_info
from alicuda.errors import InputError
from tests.emulator.test_builds import ZIG

G = 'extern "C" __global__ void '
NAMES = [
    "index", "gamma", "y0", "j1", "calloc", "strlen", "strcpy", "memcmp", "bcmp", "puts", "putchar", "isalpha",
    "realloc", "abort", "exit", "_exit", "args", "segment", "PUBLIC", "write", "size",
]  # fmt: skip


@pytest.mark.parametrize("kind", ["fast", "checked"])
@pytest.mark.parametrize("compiler", ["", pytest.param(ZIG, marks=pytest.mark.full)], ids=["default", "zig"])
def test_a_kernel_may_be_called_as_a_function_of_libc_is(compiler, kind, monkeypatch):
    monkeypatch.setenv("CXX", compiler)
    program = emulator.compile(
        "".join(f"{G}{name}(float* y) {{ y[0] = {i}; }}\n" for i, name in enumerate(NAMES, 1)), kind
    )
    for i, name in enumerate(NAMES, 1):
        y = np.zeros(1, np.float32)
        program.kernel(name)[1, 1](y)
        assert y[0] == i, name


ENDLESS = G + "k(int n) { for (int i = 0; n; ++i) {} }\n"


def test_a_launch_within_a_launch():
    kernel, met = emulator.compile(ENDLESS, "fast").kernel("k"), []

    def handler(*_):
        try:
            kernel[1, 1](0)
        except InputError as error:
            met.append(str(error))
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, handler)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.3)
        with pytest.raises(KeyboardInterrupt):
            kernel[1, 1](1)
    finally:
        signal.signal(signal.SIGALRM, before)
    assert met == ["a launch is already running in this thread: launch the next one when it has ended."]
    kernel[1, 1](0)


def test_a_fork_during_another_threads_launch():
    code = f"""if True:
        import os, threading, time
        from alicuda import emulator
        kernel = emulator.compile({ENDLESS!r}, "fast").kernel("k")
        kernel[1, 1](0)
        threading.Thread(target=lambda: kernel[1, 1](1), daemon=True).start()
        time.sleep(0.3)
        if (child := os.fork()) == 0:
            kernel[1, 1](0)
            os._exit(7)
        for _ in range(100):
            done, status = os.waitpid(child, os.WNOHANG)
            if done: os._exit(os.waitstatus_to_exitcode(status))
            time.sleep(0.1)
        os.kill(child, 9)
        os._exit(1)"""
    assert subprocess.run([sys.executable, "-W", "ignore", "-c", code]).returncode == 7


def truncate(path):
    os.truncate(path, path.stat().st_size // 2)


def make_folder(path):
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize("damage", [
    truncate, make_folder, lambda path: path.write_bytes(b"garbage"), lambda path: path.write_bytes(b""),
], ids=["truncated", "folder", "garbage", "empty"])  # fmt: skip
def test_a_damaged_cache_is_built_anew(damage, monkeypatch, tmp_path):
    monkeypatch.setenv("ALICUDA_CACHE", str(tmp_path))
    text = G + "k(float* y) { y[0] = 3; }\n"
    code = (
        "import numpy as np; from alicuda import emulator; y = np.zeros(1, np.float32)\n"
        f"emulator.compile({text!r}, 'fast').kernel('k')[1, 1](y); print(y[0])"
    )
    for _ in range(2):  # each in a process of its own, which may have the library in its memory
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        assert (done.returncode, done.stdout) == (0, "3.0\n"), done.stderr
        (library,) = (tmp_path / "emulator").glob("_source_*")
        assert build._is_whole(library)
        damage(library)


def test_a_cache_that_is_emptied_after_the_compilation(monkeypatch, tmp_path):
    monkeypatch.setenv("ALICUDA_CACHE", str(tmp_path))
    program = emulator.compile(G + "k(float* y) { __shared__ float s[2]; s[0] = 1; y[9] = s[0]; }\n")
    shutil.rmtree(tmp_path)
    debug_info.shared_arrays.cache_clear()
    with pytest.raises(KernelError, match=r"line unknown.*writes y\[9\]"):
        program.kernel("k")[1, 1](np.zeros(1, np.float32))


def test_a_temporary_cache_goes_with_its_process(tmp_path):
    (tmp_path / "file").write_text("")
    code = "from alicuda.emulator import build; print(build.cache_folder())"
    environment = {**os.environ, "ALICUDA_CACHE": str(tmp_path / "file"), "TMPDIR": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert done.stdout.startswith(str(tmp_path)) and [p.name for p in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("text, kernel, message", [
    ("#if 0\n" + G + "dead() {}\n#endif\n" + G + "k() {}\n", "dead", "declares dead and does not define it"),
    (G + "later(int n);\n" + G + "k() {}\n", "later", "declares later and does not define it"),
    ("__device__ float f(float);\n" + G + "k(float* y) { y[0] = f(1); }\n", "k", ": f is declared and not defined"),
    ('extern "C" __device__ float f(float);\n' + G + "k(float* y) { y[0] = f(1); }\n", "k", ": f is declared and not"),
    (G + "k(float* y) { delete[] y; }\n", "k", "memory of a kernel's own"),
    (G + "_init(float* y) {}\n", "_init", "the linker's"),
    (G + "k() { int n = clock(); }\n", "k", "clock"),
    ("#define X nope\n" + G + "k(int* y) { y[0] = X; }\n", "k", "error: .*nope"),
    (G + "k(char* y) { y[0] = __shfl_sync(~0u, y[0], 0); }\n", "k", "error: .*a shuffle moves 4 or 8 bytes"),
    ('\n\n#include "nowhere.h"\n' + G + "k() {}\n", "k", "<source>:3: there is no header nowhere.h beside it, nor in"),
])  # fmt: skip
@pytest.mark.parametrize("compiler", ["", pytest.param(ZIG, marks=pytest.mark.full)], ids=["default", "zig"])
def test_sources_that_are_refused(text, kernel, message, compiler, monkeypatch):
    monkeypatch.setenv("CXX", compiler)
    with pytest.raises(InputError, match=message):
        emulator.compile(text, "fast").kernel(kernel)


def test_a_define_that_is_wrong():
    with pytest.raises(InputError, match=r"error: .*nope") as caught:
        emulator.compile(G + "k(int* y) { y[0] = X; }\n", "fast", defines={"X": "nope"})
    assert "kernel.cpp" not in str(caught.value)


@pytest.mark.parametrize("kind", ["fast", "checked"])
def test_sources_that_are_taken(kind, capsys):
    text = """
        // #include "nowhere.h"
        /*
        #include "nowhere.h"
        */
        #if 0
        extern "C" __global__ void dead() {}
        #endif
        #define N 4
        template <int M> __device__ int sum() {
            int s = 0;
            #pragma unroll M
            for (int i = 0; i < M; ++i) s += i;
            #pragma unroll N  // of a macro
            for (int i = 0; i < N; ++i) s += i;
            #pragma unroll (COUNT)
            for (int i = 0; i < N; ++i) s += i;
            return s;
        }
        extern "C" void __global__ k(float y[], size_t n, long m, long long int l) {
            dim3 d(1, 2), e = d, f = threadIdx;
            y[0] = d.x + 10 * e.y + 100 * d.z + 1000 * f.x;
            y[1] = sum<4>() + n + m + l;
            y[2] = printf("%d%% %s", 1, "x");
        }"""
    y = np.zeros(3, np.float32)
    emulator.compile(text, kind, defines={"COUNT": "2"}).kernel("k")[1, 1](y, 100, 200, 300)
    assert y.tolist() == [121, 618, 2]
    assert capsys.readouterr().out == "1% x"


@pytest.mark.parametrize("head, body, message", [
    ("static __shared__ float s[4];", "s[n] = 1;", r"writes s\[4\], but s has 4"),
    ("namespace a { __shared__ float s[4]; }", "a::s[n] = 1;", r"writes s\[4\], but s has 4"),
    ("namespace { __shared__ float tile2[4]; }", "tile2[n] = 1;", r"writes tile2\[4\], but tile2 has 4"),
    ("__constant__ float c[4] = {1, 2, 3, 4};", "((float*)c)[n - 1] = 1;", "constants are read-only"),
    ("", "y[1 << 28] = 1;", "lies in no array"),
    ("", "y[0] = (n - 5 - 0x7fffffff) / (3 - n);", "divides an integer by zero, or INT_MIN by -1"),
    ("", "__builtin_trap();", "runs an illegal instruction"),
])  # fmt: skip
@pytest.mark.parametrize("compiler", ["", pytest.param(ZIG, marks=pytest.mark.full)], ids=["default", "zig"])
def test_what_an_error_names(head, body, message, compiler, monkeypatch):
    monkeypatch.setenv("CXX", compiler)
    with pytest.raises(KernelError, match=message):
        emulator.compile(f"{head}\n{G}k(float* y, int n) {{ {body} }}\n").kernel("k")[1, 1](np.zeros(8, np.float32), 4)


@pytest.mark.parametrize("symbol, name", [
    ("tile.0", "tile"), ("k.tile", "tile"), ("_ZL1s", "s"), ("_ZN2ns1sE", "s"), ("_ZN2nsL1sE", "s"),
    ("_ZN12_GLOBAL__N_15tile2E", "tile2"), ("_ZZ4sumsIfEvvE4tile_0", "tile"), ("_ZZ1kILi8EEvPfE1s", "s"),
    ("_ZZ3kE2vE1s", "s"), ("_ZL12alicuda_here", "alicuda_here"), ("s", "s"),
])  # fmt: skip
def test_names_of_shared_arrays(symbol, name):
    assert debug_info._plain_name(symbol) == name


@pytest.mark.parametrize("kind", ["fast", "checked"])
def test_a_vector_array_begins_where_a_vector_may(kind):
    kernel = emulator.compile(G + "k(float4* y) { y[0].x = 1; }\n", kind).kernel("k")
    y = emulator.empty(12)
    with pytest.raises(InputError, match=r"`float4\* y` takes an array that begins at a multiple of 16 bytes"):
        kernel[1, 1](y[1:5])
    kernel[1, 1](y[4:8])
    assert y[4] == 1


def test_a_print_without_an_output(monkeypatch):
    kernel = emulator.compile(G + 'k() { printf("x"); }\n', "fast").kernel("k")
    monkeypatch.setattr(sys, "stdout", None)
    kernel[1, 1]()


K = G + "k(float* y, float a) { y[0] = a; }\n"


def k(*size, args=None, **named):
    emulator.compile(K, "fast").kernel("k")[size](*(args or (np.zeros(1, np.float32), 1)), **named)


@pytest.mark.parametrize("call, message", [
    (lambda: k(1, 1, args=(np.ma.array([1], np.float32), 1)), "sees no mask"),
    (lambda: k(1, 1, args=(np.zeros(1, np.float32), 2**2000)), "holds numbers up to 3.403e.38"),
    (lambda: k(1, 1, args=(np.zeros(1, np.float32), -1e300)), "holds numbers up to"),
    (lambda: k(1, 1, 0.5), "whole number of bytes"),
    (lambda: k(1, 1, "a"), "whole number of bytes"),
    (lambda: k(1, 1, None), "whole number of bytes"),
    (lambda: k(1, 1, []), "whole number of bytes"),
    (lambda: k(np.array([1.5]), 1), "whole numbers as sizes"),
    (lambda: k(1, 1, y=1), "without names"),
    (lambda: emulator.compile(K, "fast").kernel("k")(1), "launch it as kernel"),
    (lambda: emulator.compile(K, "fast").kernel(["k"]), "no kernel named"),
    (lambda: emulator.empty(None), "a shape is"),
    (lambda: emulator.empty(1.5), "a shape is"),
    (lambda: emulator.empty("a"), "a shape is"),
    (lambda: emulator.empty(2**62), "no memory"),
    (lambda: emulator.empty(-1), "no negative"),
    (lambda: emulator.empty(1, "zz"), "numbers as elements"),
    (lambda: emulator.empty(1, object), "numbers as elements"),
    (lambda: emulator.empty(1, str), "numbers as elements"),
    (lambda: emulator.compile(None), "a path or a text"),
    (lambda: emulator.compile(5), "a path or a text"),
    (lambda: emulator.compile(b"x"), "a path or a text"),
    (lambda: emulator.compile([]), "a path or a text"),
    (lambda: emulator.compile(""), "kernel file"),
    (lambda: emulator.compile(K, "fast", seed="a"), "seed is a whole number"),
    (lambda: emulator.compile(K, "fast", workers=1.5), "workers is a whole number"),
    (lambda: emulator.compile(K, "fast", workers=0), "workers is a whole number"),
    (lambda: emulator.compile(K, "fast", defines=[1]), "defines maps names"),
    (lambda: emulator.compile(K, "fast", defines={"N": None}), "defines maps names"),
    (lambda: emulator.compile(K, "fast", defines={5: 1}), "defines maps names"),
    (lambda: emulator.compile(K, "fast", defines={"N": "1\n2"}), "one line"),
])  # fmt: skip
def test_calls_that_are_refused_in_one_sentence(call, message):
    with pytest.raises(InputError, match=message) as caught:
        call()
    assert "\n" not in str(caught.value)


def test_calls_that_are_taken():
    y = np.zeros(1, np.float32)
    k(np.array([1, 1]), np.array(1), np.int64(0), args=(y, float("inf")))
    assert y[0] == np.inf and emulator.empty((2, 3)).shape == emulator.empty(np.array([2, 3])).shape


@pytest.mark.parametrize(
    "cxx, message", [("'", r"\$CXX is ', which is no command"), ("g++ --bogus", r"^\$CXX, g\+\+ --bogus, does not")]
)
def test_a_compiler_that_is_none(cxx, message, monkeypatch):
    monkeypatch.setenv("CXX", cxx)
    with pytest.raises(InputError, match=message):
        emulator.compile(K, "fast")
