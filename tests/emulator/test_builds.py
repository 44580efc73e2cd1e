"""Compilers, the cache, messages of the compiler, what is refused by name."""

import os
import re
import subprocess
import sys

import numpy as np
import pytest

from alicuda import backends, emulator, kernel_source
from alicuda.emulator import build, compilers
from alicuda.errors import InputError

ZIG = f"{sys.executable} -m ziglang c++"
TEXT = 'extern "C" __global__ void k(float* y) {{ y[threadIdx.x] = {}; }}'


def run(text, **options):
    y = np.zeros(4, np.float32)
    emulator.compile(text, **options).kernel("k")[1, 4](y)
    return y.tolist()


@pytest.mark.parametrize("kind", ["fast", "checked", "debug"])
@pytest.mark.parametrize("compiler", ["", ZIG], ids=["default", "zig"])
def test_a_message_has_the_lines_of_the_file(compiler, kind, monkeypatch, tmp_path):
    monkeypatch.setenv("CXX", compiler)
    (tmp_path / "twice.cuh").write_text("#pragma once\n__device__ float twice(float x) { return 2 * x; }\n")
    file = tmp_path / "wrong.cu"
    file.write_text('#include "twice.cuh"\n#include "twice.cuh"\n\nextern "C" __global__ void k(float* y) {\n'
                    "    y[0] = twice(1);\n    y[1] = thrice(1);\n}\n")  # fmt: skip
    with pytest.raises(InputError) as caught:
        emulator.compile(file, build=kind)
    message = str(caught.value)
    assert re.search(r"wrong\.cu:6:\d+: error: .*thrice", message)
    for ours in ("device.h", "kernel.cpp", "vectors.h", "arithmetic.h", "alicuda_", ".build-"):
        assert ours not in message, message
    file.write_text(file.read_text().replace("thrice", "twice").replace("twice(float x)", "twice(float x, int)"))
    (tmp_path / "twice.cuh").write_text("#pragma once\n__device__ float twice(float x) { return 2 * z; }\n")
    with pytest.raises(InputError, match=r"twice\.cuh:2:\d+: error: .*z"):
        emulator.compile(file, build=kind)


def test_a_message_about_what_the_header_defines():
    """A mistake in the use of a macro or function of ours is told in the reader's line, without our header."""
    with pytest.raises(InputError) as caught:
        emulator.compile(
            'extern "C" __global__ void k(float* y) {\n  __syncthreads(1);\n  atomicAdd(y, y);\n}', build="fast"
        )
    assert "<source>:3" in str(caught.value) and "device.h" not in str(caught.value)


def test_a_position_cannot_be_written():
    with pytest.raises(InputError, match=r"<source>:1:.*read-only"):
        emulator.compile('extern "C" __global__ void k(float* y) { threadIdx.x = 1; }')


@pytest.mark.parametrize("text, message", [
    ("#include <cooperative_groups.h>\n", "kernels include no system headers"),
    ("__device__ void f() {\n  cooperative_groups::sync(); }", r"<source>:2: cooperative groups are not emulated"),
    ("// __activemask in a comment\n__device__ int f() { return __activemask(); }", "<source>:2: __activemask"),
    ("__device__ float f(float x) { return __shfl_down(x, 1); }", "take a mask"),
    ("__device__ int f(int x) { return __match_any_sync(~0u, x); }", "not emulated"),
    ("__device__ int f(int x) { return __reduce_add_sync(~0u, x); }", "not emulated"),
    ('__device__ void f() { asm("nop"); }', "inline PTX"),
    ("__device__ void f() { k<<<1, 1>>>(); }", "launches kernels"),
    ("__device__ float f(cudaTextureObject_t t) { return tex1D<float>(t, 0); }", "textures"),
    ("__device__ __half f(__half x) { return x; }", "16-bit floats"),
    ("__device__ long long f() { return clock64(); }", "the clock of a GPU"),
    ("__device__ float* f() { return new float[2]; }", "memory of a kernel's own"),
    ("extern __shared__ float a[]; extern __shared__ int b[];", "a and b as extern __shared__"),
])  # fmt: skip
def test_refused_by_name(text, message):
    with pytest.raises(InputError, match=message):
        emulator.compile(text + '\nextern "C" __global__ void k(float* y) {}', build="fast")


def test_a_missing_compiler_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setenv("CXX", "")
    monkeypatch.setenv("PATH", str(tmp_path))
    found = compilers.find()
    assert found.zig, "without a compiler on the path, the ziglang package is taken"
    monkeypatch.setattr(compilers.importlib.util, "find_spec", lambda name: None)
    compilers._find.cache_clear()
    with pytest.raises(InputError, match=r"apt install g\+\+.*pip install ziglang"):
        emulator.compile(TEXT.format(1), build="fast")
    assert emulator.missing() == "there is no C++ compiler (on Debian and Ubuntu: apt install g++)"
    assert '-m pip install --upgrade "pyelftools>=' in emulator.missing().pip
    compilers._find.cache_clear()
    monkeypatch.setenv("CXX", "/nowhere/g++")
    assert emulator.missing().pip is None  # it would be asked for all the same
    assert emulator.missing().startswith("The C++ compiler /nowhere/g++ (from $CXX) does not run")
    with pytest.raises(InputError, match=r"/nowhere/g\+\+ .from .CXX. does not run.*pip install ziglang"):
        emulator.compile(TEXT.format(1), build="fast")


def test_elsewhere_than_on_linux(monkeypatch):
    assert emulator.missing() is None
    monkeypatch.setattr(sys, "platform", "darwin")
    assert emulator.missing() == "the emulator runs on Linux so far (on Windows: WSL)"
    assert backends.missing("emulator") == emulator.missing()
    with pytest.raises(InputError, match="runs on Linux so far"):
        emulator.compile(TEXT.format(1), build="fast")


def test_the_checked_build_says_what_it_needs(monkeypatch):
    monkeypatch.setitem(sys.modules, "elftools.elf.elffile", None)
    with pytest.raises(InputError, match="pip install pyelftools"):
        emulator.compile(TEXT.format(1))


def test_the_cache_keeps_what_it_built(monkeypatch, tmp_path):
    build.runtime()  # loaded once a process
    monkeypatch.setenv("ALICUDA_CACHE", str(tmp_path))
    calls = []
    monkeypatch.setattr(build, "_compile", lambda *a, _real=build._compile, **k: (calls.append(a), _real(*a, **k)))
    assert run(TEXT.format(1), build="fast") == run(TEXT.format(1), build="fast") == [1] * 4
    assert len(calls) == 3  # kernel, entry, link
    assert run(TEXT.format("N"), build="fast", defines={"N": 2}) == [2] * 4
    assert run(TEXT.format("N"), build="fast", defines={"N": 3}) == [3] * 4
    assert len(calls) == 9
    assert not list((tmp_path / "emulator").glob(".build-*"))


def test_a_change_of_ours_builds_anew(monkeypatch):
    source = kernel_source.load(TEXT.format(1))
    before = build.library(source, "fast")
    assert build.library(source, "fast") == before
    with monkeypatch.context() as m:
        m.setattr(
            build, "_text", lambda path, _real=build._text: _real(path) + "// changed\n" * (path.name == "vectors.h")
        )
        assert build.library(source, "fast") != before
    monkeypatch.setattr(build, "entry_text", lambda source, _real=build.entry_text: _real(source) + "// changed\n")
    assert build.library(source, "fast") != before


def test_a_header_that_changes_is_seen(monkeypatch, tmp_path):
    (tmp_path / "a.cu").write_text('#include "value.cuh"\n' + TEXT.format("VALUE"))
    for value in (1, 2):
        (tmp_path / "value.cuh").write_text(f"#define VALUE {value}\n")
        assert run(tmp_path / "a.cu", build="fast") == [value] * 4


def test_a_header_is_pasted_once_only_where_it_says_so(tmp_path):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "u.cuh").write_text(
            f"  #  pragma once\n__device__ int {folder}() {{ return {len(folder)}; }}\n"
        )
    (tmp_path / "step.cuh").write_text("++i;\n")
    (tmp_path / "k.cu").write_text(
        '#include "a/u.cuh"\n#include "b/u.cuh"\n#include "b/../a/u.cuh"\n'
        'extern "C" __global__ void k(float* y) {\nint i = a() + b();\n'
        '#include "step.cuh"\n#include "step.cuh"\ny[threadIdx.x] = i + __LINE__;\n}\n'
    )
    assert run(tmp_path / "k.cu", build="fast") == [4 + 8] * 4
    (tmp_path / "step.cuh").write_text('#include "b/../step.cuh"\n')
    with pytest.raises(InputError, match=r"step\.cuh:1: .*step\.cuh includes itself"):
        kernel_source.load(tmp_path / "k.cu")


def test_a_source_has_its_defines_already():
    source = kernel_source.load(TEXT.format("N"), {"N": 2})
    assert run(source, build="fast") == [2] * 4
    with pytest.raises(InputError, match="a Source has its defines already"):
        emulator.compile(source, defines={"N": 3})


@pytest.mark.parametrize("name", ["", ".", "nowhere.cu", "a\0b.cu", "n" * 300, "bytes.cu", "bytes.cu/k.cu"])
def test_a_file_that_cannot_be_read(name, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bytes.cu").write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match="kernel file") as caught:
        emulator.compile(name)
    assert "\n" not in str(caught.value)


def test_a_function_that_is_declared_and_nowhere_defined():
    with pytest.raises(InputError, match="nowhere"):
        run("__device__ float nowhere(float);\n" + TEXT.format("nowhere(1)"), build="fast")


def test_a_read_only_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("ALICUDA_CACHE", str(tmp_path))
    monkeypatch.setattr(build.os, "access", lambda path, mode: not str(path).startswith(str(tmp_path)))
    assert run(TEXT.format(7), build="fast") == [7] * 4
    assert not list((tmp_path / "emulator").iterdir())


def test_a_cache_that_cannot_be_made(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("ALICUDA_CACHE", str(tmp_path / "file"))
    assert run(TEXT.format(8), build="fast") == [8] * 4
    assert not build.cache_folder().is_relative_to(tmp_path)


def test_processes_that_build_the_same_at_once(tmp_path):
    code = (
        "import numpy as np; from alicuda import emulator; y = np.zeros(4, np.float32)\n"
        f"emulator.compile({TEXT.format(5)!r}, build='checked').kernel('k')[1, 4](y); print(y.tolist())"
    )
    environment = {**os.environ, "ALICUDA_CACHE": str(tmp_path)}
    processes = [
        subprocess.Popen([sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    assert [process.communicate()[0].strip() for process in processes] == ["[5.0, 5.0, 5.0, 5.0]"] * 4
    left = [path.name for path in (tmp_path / "emulator").iterdir()]
    assert len(left) == 2 and not any(name.startswith(".") for name in left), left


def with_zig(*arguments):
    """The tables of this folder in a process of their own, where zig builds the runtime too."""
    command = [sys.executable, "-m", "pytest", "-x", "-p", "no:cacheprovider", *arguments]
    done = subprocess.run(command, env={**os.environ, "CXX": ZIG}, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_zig_builds_a_sample_of_the_tables():
    with_zig(
        "tests/emulator/test_kernels.py",
        "-k",
        "(checked-forward-2 or fast-forward-1) and (structs or vectors or dynamic)",
    )
    with_zig("tests/emulator/test_faults.py", "-k", "float4 and shared or divergent or (lane and fast and left)")


@pytest.mark.full
def test_zig_builds_the_tables():
    with_zig("tests/emulator/test_kernels.py", "tests/emulator/test_faults.py", "tests/emulator/test_launch.py")
