"""Every kernel compiles for every architecture, hot ones do not spill, and the committed table is of these kernels."""

import json

import pytest

from alicuda import kernel_source, nvrtc
from alicuda.backends.cuda import Cuda
from alicuda.backends.cuda.builds import BUILDS
from alicuda.backends.cuda.on_emulator import Emulator
from alicuda.nvrtc import CompileError, Usage, read_usage
from benchmarks import compile_table
from tests.kernels.checks import CHECKS

FILES = compile_table.files()
needs_nvrtc = pytest.mark.skipif(nvrtc.missing() is not None, reason=str(nvrtc.missing()))

LOG = """\
ptxas info    : 0 bytes gmem
ptxas info    : Compiling entry function 'first' for 'sm_80'
ptxas info    : Function properties for helper
    16 bytes stack frame, 4 bytes spill stores, 8 bytes spill loads
ptxas info    : Function properties for first
    0 bytes stack frame, 12 bytes spill stores, 0 bytes spill loads
ptxas info    : Used 255 registers, used 1 barriers, 4096 bytes smem, 392 bytes cmem[0]
ptxas info    : Compiling entry function 'second' for 'sm_80'
ptxas info    : Function properties for second
    0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads
ptxas info    : Used 8 registers, 372 bytes cmem[0]
"""


def test_the_log_is_read():
    usage = read_usage(LOG)
    assert usage == {"first": Usage(255, 4096, 16, 16, 8), "second": Usage(8, 0, 0, 0, 0)}
    assert usage["first"].spills == 24


@needs_nvrtc
def test_what_the_compiler_says_of_a_kernel_that_must_spill():
    """300 numbers that live until the end do not fit into the 255 registers that a thread can have."""
    text = """
        extern "C" __global__ void k(float* x) {
            float a[300];
            #pragma unroll
            for (int i = 0; i < 300; ++i) a[i] = x[i];
            __syncthreads();
            #pragma unroll
            for (int i = 0; i < 300; ++i) x[i] = a[299 - i];
        }"""
    usage = nvrtc.compile(text, 80).usage["k"]
    assert usage.registers > 200 and usage.spills > 0


@needs_nvrtc
def test_a_mistake_is_told_with_file_and_line():
    text = kernel_source.load('\nextern "C" __global__ void k(float* x) {\n  x[0] = y;\n}\n').text
    with pytest.raises(CompileError, match=r'(?s)sm_80.*<source>.*3.*"y" is undefined'):
        nvrtc.compile(text, 80)


@needs_nvrtc
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_file_compiles_for_one_architecture(path, monkeypatch):
    """In its first and its last build; `make test-all` compiles all, for all architectures."""
    builds = BUILDS[path.name]
    monkeypatch.setitem(BUILDS, path.name, builds[:: len(builds) - 1 or 1])
    rows = compile_table.compile_file(path, [90])
    assert {row["kernel"] for row in rows} == set(kernel_source.load(path).kernels)


def test_the_builds_of_the_list_are_launched_and_no_other():
    launched = set()

    class Watched(Emulator):
        def launch(self, file, kernel, grid, block, args, defines=None):
            launched.add((file, compile_table.build_name(defines or {})))
            super().launch(file, kernel, grid, block, args, defines)

    backend = Cuda(Watched())
    for checks in CHECKS.values():
        for _, check in checks:
            check(backend)
    assert launched == {(file, compile_table.build_name(build)) for file, builds in BUILDS.items() for build in builds}


def test_every_file_has_builds():
    assert sorted(BUILDS) == [path.name for path in FILES]


def test_the_table_was_compiled_as_cupy_compiles():
    kept = json.loads(compile_table.RESULT.read_text(encoding="utf-8"))
    assert kept["options"] == [*nvrtc.OPTIONS, *nvrtc.ADDED_BY_CUPY], "run: python -m benchmarks.compile_table"


def test_the_page_tells_spills_and_stack():
    row = {"file": "a.cu", "kernel": "k", "build": "", "architecture": 80, "registers": 9, "shared": 0}
    for stack, spills, cell in (
        (0, 0, "9"), (8, 0, "9 + 8 stack"), (0, 4, "9 + 4 spilled"), (8, 4, "9 + 8 stack + 4 spilled"),
    ):  # fmt: skip
        rows = [{**row, "stack": stack, "spills": spills}]
        text = compile_table.table({"nvrtc": "13.0", "date": "2026-01-02", "rows": rows})
        assert f"| a.cu | k |  | 0 | - | {cell} | - |" in text
        assert f"1 compiled kernels, {int(spills > 0)} of them with spills." in text


def _without_figures(rows):
    return {(row["file"], row["kernel"], row["build"], row["architecture"]) for row in rows}


@needs_nvrtc
@pytest.mark.full
def test_all_compile_without_spills_and_the_table_is_up_to_date():
    now = compile_table.compile_all()
    spilling = [
        row for row in now["rows"] if row["kernel"].startswith("conv2d") and row["architecture"] >= 80 and row["spills"]
    ]
    assert not spilling
    kept = json.loads(compile_table.RESULT.read_text(encoding="utf-8"))
    assert _without_figures(kept["rows"]) == _without_figures(now["rows"]), "run: python -m benchmarks.compile_table"
    if kept["nvrtc"] == now["nvrtc"]:
        assert kept["rows"] == now["rows"], "run: python -m benchmarks.compile_table"


@needs_nvrtc
def test_the_machine_code_is_whole():
    """An ELF file ends with its section headers."""
    cubin = nvrtc.compile('extern "C" __global__ void k(float* y) { y[0] = 1; }', 80).cubin
    offset = int.from_bytes(cubin[0x28:0x30], "little")
    size, count = (int.from_bytes(cubin[at : at + 2], "little") for at in (0x3A, 0x3C))
    assert cubin[:4] == b"\x7fELF" and offset and offset + size * count <= len(cubin)
