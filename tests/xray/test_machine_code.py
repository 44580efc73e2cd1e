"""The widths of memory accesses in machine code, and what is said of them."""

import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from alicuda import kernel_source, ladders, nvrtc
from alicuda.errors import InputError
from alicuda.xray import machine_code
from alicuda.xray.machine_code import MachineAccess

here = pytest.mark.skipif(machine_code.missing() is not None, reason=str(machine_code.missing()))

# Nothing of it has ever run: lines in the form that nvdisasm prints, of two kernels.
DISASSEMBLED = """\
	.section	.text.other,"ax",@progbits
.text.other:
	//## File "/k.cu", line 3
        /*0000*/                   LDG.E R0, [R2.64] ;
	.section	.text.k,"ax",@progbits
.text.k:
	//## File "/k.cu", line 7
        /*0000*/                   MOV R1, c[0x0][0x28] ;
        /*0010*/              @!P2 LDG.E.CONSTANT R21, [R8.64] ;
        /*0020*/                   LDG.E.LTC128B.64.CONSTANT.SYS R21, desc[UR4][R8.64] ;
        /*0030*/              @!PT LDS RZ, [RZ] ;
        /*0040*/                   LDS.U.128 R4, [R17] ;
        /*0050*/                   LDC.64 R4, c[0x0][0x118] ;
        /*0060*/                   LDL R4, [R1] ;
	//## File "/my folder/"common".cuh", line 12
        /*0070*/                   STS.U8 [R17], R4 ;
$k$_Z4twicef:
        /*0080*/                   STG.E.ENL2.256 [R2.64], R4, R8 ;
        /*0090*/               @P0 REDG.E.ADD.F64.RN.STRONG.GPU [R2.64], R4 ;
        /*00a0*/                   RED.E.ADD.F32.FTZ.RN.STRONG.GPU [R2.64], R4 ;
        /*00b0*/                   ATOMS.POPC.INC.32 RZ, [R2+URZ] ;
        /*00c0*/                   LD.E.U16 R3, [R2.64] ;
	.section	.nv.shared.k,"aw",@nobits
"""

TILED = r"""
#define TILE 32
extern "C" __global__ void tiled(const float* a, const float* b, float* c, int n) {
    __shared__ float s[TILE][TILE];
    __shared__ float t[TILE][TILE];
    int x = threadIdx.x, y = threadIdx.y, column = blockIdx.x * TILE + x, row = blockIdx.y * TILE + y;
    float sum = 0;
    for (int first = 0; first < n; first += TILE) {
        s[y][x] = a[row * n + first + x];
        t[y][x] = b[(first + y) * n + column];
        __syncthreads();
        for (int k = 0; k < TILE; ++k)
            sum += s[y][k] * t[k][x];
        __syncthreads();
    }
    c[row * n + column] = sum;
}
"""

PIECES = r"""
__device__ __noinline__ float apart(const float* x, int i) {
    return expf(x[i]);
}
__device__ float inside(const double* d, int i) {
    return (float)d[i];
}
extern "C" __global__ void pieces(float4* v, const float* x, const double* d, float* y, int n) {
    __shared__ float s[64];
    int i = threadIdx.x;
    s[i] = apart(x, i) + inside(d, i);
    __syncthreads();
    v[i] = v[i + 64];
    atomicAdd(&s[i % 2], 1.0f);
    atomicAdd(&y[0], s[63 - i]);
}
extern "C" __global__ void other(float* y) { y[0] = 1; }
"""


def written(line, space, op, size, file="<source>"):
    return SimpleNamespace(file=file, line=line, space=space, op=op, bytes=size)


def test_what_nvdisasm_prints_is_read():
    common = ('/my folder/"common".cuh', 12)
    assert list(machine_code.read(DISASSEMBLED, "k")) == [
        ("/k.cu", 7, "global", "load", 4), ("/k.cu", 7, "global", "load", 8), ("/k.cu", 7, "shared", "load", 16),
        ("/k.cu", 7, "local", "load", 4), (*common, "shared", "store", 1), (*common, "global", "store", 32),
        (*common, "global", "atomic", 8), (*common, "global", "atomic", 4), (*common, "shared", "atomic", 4),
        (*common, "generic", "load", 2),
    ]  # fmt: skip


@here
@pytest.mark.parametrize("architecture", [75, 90])
def test_half_of_a_tiled_matmuls_shared_loads_are_merged(architecture):
    """The row of the tile of A: its numbers are neighbours, from step to step of k."""
    accesses = machine_code.widths(kernel_source.load(TILED), "tiled", architecture)
    assert accesses == [
        MachineAccess("<source>", 9, "global", "load", 4, 1),
        MachineAccess("<source>", 9, "shared", "store", 4, 1),
        MachineAccess("<source>", 10, "global", "load", 4, 1),
        MachineAccess("<source>", 10, "shared", "store", 4, 1),
        MachineAccess("<source>", 13, "shared", "load", 4, 32),
        MachineAccess("<source>", 13, "shared", "load", 16, 8),
        MachineAccess("<source>", 16, "global", "store", 4, 1),
    ]
    told = machine_code.merged(accesses, [written(9, "shared", "store", 4), written(13, "shared", "load", 4)])
    assert told["<source>", 9] == "1 global load of 4 bytes; 1 shared store of 4 bytes"
    assert told["<source>", 13] == (
        "32 shared loads of 4 bytes and 8 of 16 bytes: the compiler merges some accesses of 4 bytes into accesses of "
        "16 bytes"
    )


@here
def test_functions_atomics_and_wide_accesses_have_their_lines():
    accesses = machine_code.widths(kernel_source.load(PIECES), "pieces")
    assert machine_code.sizes(accesses) == {
        ("<source>", 3, "global", "load"): {4},  # in a function of its own, called
        ("<source>", 6, "global", "load"): {8},  # inlined
        ("<source>", 11, "shared", "store"): {4},
        ("<source>", 13, "global", "load"): {16},
        ("<source>", 13, "global", "store"): {16},
        ("<source>", 14, "shared", "load"): {
            4
        },  # there is no atomic addition of floats: it tries till nobody interferes
        ("<source>", 14, "shared", "atomic"): {4},
        ("<source>", 15, "shared", "load"): {4},
        ("<source>", 15, "global", "atomic"): {4},
    }


@here
def test_a_file_is_named_as_the_source_names_it(tmp_path, monkeypatch):
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "part.cuh").write_text("__device__ void put(float* y) {\n\n    y[threadIdx.x] = 1;\n}\n")
    (tmp_path / "deep" / "k.cu").write_text('#include "part.cuh"\nextern "C" __global__ void k(float* y) { put(y); }\n')
    monkeypatch.chdir(tmp_path)
    accesses = machine_code.widths(kernel_source.load("deep/k.cu"), "k")
    assert accesses == [MachineAccess("deep/part.cuh", 3, "global", "store", 4, 1)]


def test_what_is_said_of_a_line():
    def told(machine, *source):
        accesses = [MachineAccess("<source>", 1, *access) for access in machine]
        return machine_code.merged(accesses, [written(1, *access) for access in source])["<source>", 1]

    load = ("global", "load")
    assert told([(*load, 1, 1)]) == told([(*load, 1, 1)], (*load, 1)) == "1 global load of 1 byte"
    assert told([(*load, 4, 2), (*load, 8, 1), (*load, 16, 3)], (*load, 4), (*load, 16)) == (
        "2 global loads of 4 bytes, 1 of 8 bytes and 3 of 16 bytes"
    )
    assert told([(*load, 16, 1)], (*load, 4)) == (
        "1 global load of 16 bytes: the compiler merges accesses of 4 bytes into accesses of 16 bytes"
    )
    assert told([(*load, 4, 3)], (*load, 8)) == (
        "3 global loads of 4 bytes: the compiler splits accesses of 8 bytes, or leaves out what nobody uses"
    )
    assert told([], (*load, 4)) == "no global load: the compiler has moved or removed it"
    assert told([("local", "store", 4, 1), ("shared", "store", 4, 1)], ("shared", "store", 4), (*load, 4)) == (
        "no global load: the compiler has moved or removed it; 1 shared store of 4 bytes"
    )


def test_without_the_compilers_nothing_is_said(monkeypatch):
    source = kernel_source.load(TILED)
    monkeypatch.setattr(nvrtc, "missing", lambda: None)
    monkeypatch.setattr(machine_code, "find", lambda tool: None)
    assert machine_code.widths(source, "tiled") is None
    assert machine_code.missing() == "nvdisasm is not here; pip install nvidia-cuda-nvdisasm"
    monkeypatch.setattr(nvrtc, "missing", lambda: "no NVRTC today")
    assert machine_code.widths(source, "tiled") is None and machine_code.missing() == "no NVRTC today"


def test_a_tool_is_found_in_the_toolkit(monkeypatch, tmp_path):
    tool = tmp_path / "bin" / "a-tool-of-nvidias"
    tool.parent.mkdir()
    tool.write_text("#!/bin/sh\n", encoding="utf-8")
    tool.chmod(0o755)
    monkeypatch.delenv("CUDA_HOME", raising=False)
    assert machine_code.find(tool.name) is None
    monkeypatch.setenv("CUDA_HOME", str(tmp_path))
    assert machine_code.find(tool.name) == str(tool)


@here
def test_the_page_shows_what_it_says(capsys):
    """docs/what-xray-counts.md: the program prints the lines below it, and each example is compiled as its row says."""
    page = (Path(__file__).resolve().parents[2] / "docs" / "what-xray-counts.md").read_text(encoding="utf-8")
    program, printed = re.search(r"```python\n(.*?)```.*?```\n(.*?)```", page, re.DOTALL).groups()
    exec(program, {})
    assert capsys.readouterr().out == printed
    rows = re.findall(r"^\| `(.*)` \| .* \| (.*?)(?:: .*)? \|$", page, re.MULTILINE)
    assert len(rows) == 6
    for code, told in rows:
        text = f'extern "C" __global__ void k(float* x, float* y, int n) {{ int i = threadIdx.x; {code} }}\n'
        accesses = machine_code.widths(kernel_source.load(text), "k")
        assert [*machine_code.merged(accesses, []).values()] == [told], code


@here
def test_bad_input():
    with pytest.raises(InputError, match=r"has no kernel named tile; it has: tiled\."):
        machine_code.widths(kernel_source.load(TILED), "tile")
    with pytest.raises(nvrtc.CompileError, match=r"<source>\(2\): error"):
        machine_code.widths(kernel_source.load('extern "C" __global__ void k(float* x) {\n y[0] = 1; }'), "k")
    with pytest.raises(InputError, match="nvdisasm cannot read what NVRTC"):
        machine_code.disassemble(b"no cubin")


@here
def test_only_lines_that_the_compiler_changes_are_told():
    ladder = ladders.get("matmul")
    source = ladder.steps[2].source(ladder.table_size)
    accesses = machine_code.widths(source, "matmul")
    written = [MachineAccess(a.file, a.line, a.space, a.op, 4, 1) for a in accesses]
    head, line = machine_code.changes(source, "matmul", written).split("\n")
    assert head.endswith("sm_80:") and ":27: 32 shared loads of 4 bytes and 8 of 16 bytes: the compiler" in line
    assert machine_code.changes(source, "matmul", accesses) == "", "written as it is compiled"


def test_nothing_is_told_of_changes_without_the_compilers(monkeypatch):
    monkeypatch.setattr(machine_code, "missing", lambda: "not here")
    assert machine_code.changes(kernel_source.load('extern "C" __global__ void k() {}'), "k", []) == ""
