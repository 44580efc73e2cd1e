"""The emulator compiles for other machines than this one. Whether it runs there, only such a machine can tell."""

import sys

import pytest

from alicuda import kernel_source
from alicuda.emulator import build
from alicuda.emulator.compilers import Compiler
from tests.emulator import tiny

TARGETS = {"aarch64-linux-gnu": "EM_AARCH64", "x86_64-linux-gnu": "EM_X86_64"}


def exported(library):
    from elftools.elf.elffile import ELFFile

    with open(library, "rb") as file:
        elf = ELFFile(file)
        names = {s.name for s in elf.get_section_by_name(".dynsym").iter_symbols() if s["st_shndx"] != "SHN_UNDEF"}
        return elf["e_machine"], names


@pytest.mark.full
@pytest.mark.parametrize("target", TARGETS)
def test_compiles(target, tmp_path):
    compiler = Compiler((sys.executable, "-m", "ziglang", "c++", "-target", target), "zig", clang=True, zig=True)
    runtime = tmp_path / "runtime.so"
    build.build_cpp(compiler, build.CPP, runtime)
    machine, names = exported(runtime)
    assert machine == TARGETS[target]
    assert {"alicuda_start", "alicuda_barrier", "__tsan_write16", "threadIdx"} <= names
    source = kernel_source.load(next(case for case in tiny.ALL if "tree" in case.name).source)
    for kind in ("fast", "checked", "debug"):
        flags = tuple(flag for flag in compiler.flags(kind) if flag != "-march=native")
        library = tmp_path / kind / "kernel.so"
        library.parent.mkdir()
        build.build_kernel(source, compiler, kind, flags, library)
        machine, names = exported(library)
        assert machine == TARGETS[target] and {"alicuda_run_k", "alicuda_segment"} <= names
