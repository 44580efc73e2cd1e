"""Builds the runtime and the kernels as shared libraries, once each: a cache keeps them.

A kernel's library is two files linked together: the source as it is, after `device.h`, and a generated one with an
entry for each kernel and the memory behind `extern __shared__`. It finds the runtime when it is loaded.
"""

from __future__ import annotations

import atexit
import ctypes
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from alicuda import machine
from alicuda.emulator import abi, compiler_message, debug_info, refused
from alicuda.emulator.compilers import Compiler, find
from alicuda.errors import InputError
from alicuda.kernel_source import Source
from alicuda.launch_limits import SHARED_BYTES

CPP = Path(__file__).resolve().parent / "cpp"
HEADERS = ("device.h", "vectors.h", "arithmetic.h", "counting.h", "abi.h")  # what a kernel is compiled with
# _FORTIFY_SOURCE, which some systems set by default, takes a jump from one fiber's stack to another for an attack.
RUNTIME_FLAGS = (
    "-std=gnu++17", "-O2", "-fPIC", "-fvisibility=hidden", "-fno-exceptions", "-fno-rtti", "-nostdinc++",
    "-fno-strict-aliasing", "-U_FORTIFY_SOURCE", "-shared",
)  # fmt: skip

_DYNAMIC = re.compile(r"extern\s+__shared__\s+(?:__align__\s*\(\s*\d+\s*\)\s*)?([\w\s]+?)\s*\b(\w+)\s*\[\s*\]")
_EXTERN = re.compile(r"\bextern\s+__shared__")
_LINE = re.compile(r'^(#line \d+ )"([^"<]+)"', re.MULTILINE)
_UNROLL = re.compile(r"^([ \t]*)#[ \t]*pragma[ \t]+unroll\b[ \t]*\(?([^\n)]*)\)?[^\n]*$", re.MULTILINE)
# A comment or a text, which stay as they are, or a literal of a real number.
_REAL = re.compile(
    r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])'|(?<![\w.])("
    r"(?:0[xX][\da-fA-F]*\.?[\da-fA-F]*[pP][+-]?\d+|(?:\d+\.\d*|\.\d+)(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+)[fF]?)(?![\w.])",
    re.DOTALL,
)


def cache_folder() -> Path:
    """Where built libraries are kept: $ALICUDA_CACHE, else the user's cache, else a temporary folder."""
    named = os.environ.get("ALICUDA_CACHE")
    chosen = Path(named) if named else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "alicuda"
    folder = chosen / "emulator"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if os.access(folder, os.W_OK):
            return folder
    except OSError:
        pass
    return _temporary_cache()


@lru_cache
def _temporary_cache() -> Path:
    """A folder of this process, removed at its end."""
    folder, owner = Path(tempfile.mkdtemp(prefix="alicuda-")), os.getpid()

    def remove() -> None:
        if os.getpid() == owner:  # and not a fork's
            shutil.rmtree(folder, ignore_errors=True)

    atexit.register(remove)
    return folder


def library(source: Source, build: str) -> Path:
    """The shared library of a source for a build, from the cache or compiled now.

    Raises InputError with the compiler's message, in the source's own lines, where it does not compile.
    """
    refused.check(source)
    compiler = find()
    if build == "checked":
        debug_info.require()
    if build == "debug":  # a debugger looks for the file from wherever it is
        source = replace(source, text=_LINE.sub(lambda m: f'{m[1]}"{Path(m[2]).absolute()}"', source.text))
    flags = compiler.flags(build)
    prepared = _text(Path(debug_info.__file__)) if build == "checked" else ""
    key = _key(compiler, flags, source.text, entry_text(source), prepared, *(_text(CPP / name) for name in HEADERS))
    stem = re.sub(r"\W", "_", Path(source.name).stem) or "source"
    target = cache_folder() / f"{stem}-{build}-{key}.so"
    if not _is_whole(target):
        with _workshop(target) as result:
            build_kernel(source, compiler, build, flags, result)
    return target


@lru_cache(maxsize=1)
def runtime() -> ctypes.CDLL:
    """The runtime, loaded so that the kernels' libraries find its functions."""
    return abi.declare(ctypes.CDLL(str(cpp_library("runtime", CPP)), mode=ctypes.RTLD_GLOBAL))


def cpp_library(name: str, folder: Path) -> Path:
    """The shared library of a folder of C++ files, which see the runtime's headers; from the cache or compiled now."""
    compiler = find()
    texts = (path for place in dict.fromkeys((CPP, folder)) for path in sorted(place.iterdir()))
    target = cache_folder() / f"{name}-{_key(compiler, RUNTIME_FLAGS, *(_text(path) for path in texts))}.so"
    if not _is_whole(target):
        with _workshop(target) as result:
            build_cpp(compiler, folder, result)
    return target


@contextmanager
def _workshop(target: Path) -> Iterator[Path]:
    """Where to build, in a folder of its own beside the target; then it is moved there in one step, or not at all."""
    folder = Path(tempfile.mkdtemp(prefix=".build-", dir=target.parent))
    try:
        yield folder / target.name
        with open(folder / target.name, "r+b") as file:
            digest = hashlib.sha256(file.read()).digest()
            file.write(digest)  # an ELF file may end in anything
        if target.is_dir():
            shutil.rmtree(target)
        os.replace(folder / target.name, target)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _is_whole(library: Path) -> bool:
    """Whether a library is there, as it was built: to load a damaged one could end Python."""
    try:
        data = library.read_bytes()
    except OSError:
        return False
    return hashlib.sha256(data[:-32]).digest() == data[-32:]


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _key(compiler: Compiler, flags: tuple[str, ...], *texts: str) -> str:
    digest = hashlib.sha256()
    for part in (*compiler.command, compiler.version, *flags, machine.cpu(), *texts):
        digest.update(part.encode() + b"\0")
    return digest.hexdigest()[:24]


def build_cpp(compiler: Compiler, folder: Path, result: Path) -> None:
    """Compile a folder of C++ files, the runtime's or one that works with it, to a shared library."""
    sources = map(str, sorted(folder.glob("*.cpp")))
    _compile(compiler, *RUNTIME_FLAGS, f"-I{CPP}", *sources, "-o", str(result), "-lpthread", "-ldl", "-lm")


def build_kernel(source: Source, compiler: Compiler, build: str, flags: tuple[str, ...], result: Path) -> None:
    """Compile a source, with intermediate files beside the result, to a shared library."""
    kernel, entry = result.with_name("kernel.cpp"), result.with_name("entry.cpp")
    text = source.text
    if compiler.clang:
        text = _EXTERN.sub("extern __dynamic_shared__", text)
    else:
        text = _UNROLL.sub(lambda match: _gcc_unroll(match, source), text)
    if build == "counting":
        text = _REAL.sub(lambda match: f"alicuda::literal({match[1]})" if match[1] else match[0], text)
    # a kernel may be called index, or gamma, of which the compiler knows something else
    flags = (*flags, *(f"-fno-builtin-{name}" for name in source.kernels))
    kernel.write_text(f'#include "device.h"\n{text}\n', encoding="utf-8")
    entry.write_text(entry_text(source), encoding="utf-8")
    include = f"-I{CPP}"
    _compile(compiler, *flags, include, "-c", str(kernel), "-o", f"{kernel}.o", source=source)
    if build == "checked":
        debug_info.prepare_object(Path(f"{kernel}.o"))
    plain = tuple(flag for flag in flags if "sanitize" not in flag and "tsan" not in flag and flag != "-mllvm")
    _compile(compiler, *plain, include, "-c", str(entry), "-o", f"{entry}.o")
    link = ("-shared", *(("-nostdlib++",) if compiler.clang else ("-nodefaultlibs", "-lc", "-lgcc")))
    _compile(compiler, f"{kernel}.o", f"{entry}.o", *link, "-lm", "-o", str(result), source=source)


def _gcc_unroll(match: re.Match[str], source: Source) -> str:
    """GCC's pragma, which expands no macro: with a number, or one that a macro is; left out where it is neither."""
    count = match[2].split("//")[0].strip(" \t()") or "1024"
    if defined := re.search(rf"^[ \t]*#[ \t]*define[ \t]+{re.escape(count)}[ \t]+(\d+)\b", source.plain, re.MULTILINE):
        count = defined[1]
    return f"{match[1]}#pragma GCC unroll {count}" if count.isdigit() else ""


def entry_text(source: Source) -> str:
    """The generated file: `alicuda_run_KERNEL(args)` for each kernel, 8 bytes an argument; dynamic shared memory.

    A kernel is weak here, as an `#if` may have left it out: `alicuda_has_KERNEL` tells.
    `alicuda_segment` tells where this OS thread's copy of the library's thread-local memory lies: the shared arrays.
    """
    lines = [
        '#define ALICUDA_PUBLIC extern "C" __attribute__((visibility("default")))',
        '#define ALICUDA_KERNEL extern "C" __attribute__((visibility("hidden"), weak)) void',
        "typedef __SIZE_TYPE__ size_t;",
        "static __thread char alicuda_here;",
        "ALICUDA_PUBLIC char* alicuda_segment() { return &alicuda_here; }",
    ]
    for name, signature in source.kernels.items():
        types = [f"{p.type}*" if p.pointer and not p.type[-1].isdigit() else "void*" if p.pointer else p.type
                 for p in signature.parameters]  # fmt: skip
        values = ", ".join(f"*({kind}*)(alicuda_args + {8 * i})" for i, kind in enumerate(types))
        lines.append(f"ALICUDA_KERNEL {name}({', '.join(types)});")
        lines.append(f"ALICUDA_PUBLIC void alicuda_run_{name}(char* alicuda_args) {{ {name}({values}); }}")
        lines.append(f"ALICUDA_PUBLIC int alicuda_has_{name}() {{ return {name} != nullptr; }}")
    if dynamic := dynamic_shared(source):
        kind, name = dynamic
        lines.append(f"__thread char {name}[{SHARED_BYTES}] __attribute__((aligned(128)));  // of {kind}")
        lines.append(f"ALICUDA_PUBLIC char* alicuda_dynamic() {{ return {name}; }}")
    return "\n".join(lines) + "\n"


def dynamic_shared(source: Source) -> tuple[str, str] | None:
    """Type and name of the source's `extern __shared__ TYPE NAME[]`; None where it has none."""
    found = {name: kind for kind, name in _DYNAMIC.findall(source.plain)}
    if len(found) > 1:
        raise InputError(
            f"{source.name} declares {' and '.join(found)} as extern __shared__: on a GPU they are the same memory; "
            "declare one, and cut it into parts."
        )
    return next(((kind, name) for name, kind in found.items()), None)


def _compile(compiler: Compiler, *arguments: str, source: Source | None = None) -> None:
    done = compiler.run(*arguments)
    if done.returncode == 0:
        return
    message = done.stderr.strip() or done.stdout.strip()
    if os.environ.get("CXX") and not re.search(r":\d+:", message):  # it is no place in the source that is wrong
        raise InputError(f"$CXX, {' '.join(compiler.command)}, does not compile:\n{message}")
    if source is None:
        raise InputError(f"The emulator does not build with {compiler.version}:\n{message}")
    said = compiler_message.without_ours(message, lambda file: file in arguments or Path(file).parent == CPP)
    raise InputError(f"{source.name} does not compile:\n{said}")
