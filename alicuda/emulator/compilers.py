"""Finds a C++ compiler and knows the flags of each build."""

from __future__ import annotations

import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import lru_cache

from alicuda.errors import InputError

HELP = (
    "The emulator needs a C++ compiler: install g++ or clang++ (Debian and Ubuntu: apt install g++), "
    "or run: pip install ziglang"
)
LINUX_ONLY = "the emulator runs on Linux so far (on Windows: WSL)"

# Kernels are compiled as NVRTC would take them: signed overflow wraps, types may be punned, endless loops stay endless.
# A large frame touches every page of it, so that it meets the guard page of its stack and not what lies beyond.
LANGUAGE = (
    "-std=gnu++17", "-fPIC", "-fvisibility=hidden", "-fno-exceptions", "-fno-rtti", "-nostdinc++", "-w",
    "-fno-strict-aliasing", "-fwrapv", "-fno-finite-loops", "-fno-math-errno", "-fstack-clash-protection",
)  # fmt: skip
# Register tiles live in registers only once their loops are gone: GCC's own limits are too low for an 8 x 8 tile.
UNROLL = ("--param=max-completely-peeled-insns=4000", "--param=max-completely-peel-times=64")
BUILDS = {
    "fast": ("-O3", "-march=native", "-fno-trapping-math"),
    "checked": (
        "-O0",
        "-g",
        "-DALICUDA_CHECKED=1",
        "-fsanitize=thread",
        "-fsanitize=bounds",
        "-fsanitize-coverage=trace-pc",
        "-fdata-sections",
    ),
    "debug": ("-O0", "-g3"),
    "counting": ("-O1", "-ffp-contract=off", "-DALICUDA_COUNTING=1"),  # of FLOPs: see counting.h
}


class NoCompiler(InputError):
    """There is none, nor is one asked for."""


@dataclass(frozen=True)
class Compiler:
    command: tuple[str, ...]
    version: str
    clang: bool
    zig: bool

    def flags(self, build: str) -> tuple[str, ...]:
        """The flags that compile a kernel for this build."""
        flags = (*LANGUAGE, *BUILDS[build])
        if not self.clang:
            return (*flags, *UNROLL) if build == "fast" else flags
        if build == "checked":  # a read that a write follows counts too, and no other sanitizer of zig's choice
            flags = tuple(flag for flag in flags if flag != "-fsanitize=bounds")
            flags = (
                *flags,
                "-fsanitize-coverage=no-prune",  # or an endless loop takes no step
                "-fno-sanitize=undefined",
                "-fsanitize=array-bounds",
                "-fno-sanitize-trap=all",
                "-mllvm",
                "-tsan-instrument-read-before-write=1",
            )
        return (*flags, "-fno-sanitize=all") if self.zig and build != "checked" else flags

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*self.command, *arguments], capture_output=True, text=True, errors="replace")


def find() -> Compiler:
    """$CXX, else c++, g++ or clang++ on the path, else the ziglang package. InputError where there is none."""
    if not sys.platform.startswith("linux"):
        raise InputError(LINUX_ONLY)
    return _find(os.environ.get("CXX", ""), os.environ.get("PATH", ""))


@lru_cache
def _find(cxx: str, _path: str) -> Compiler:
    if cxx:
        try:
            command = tuple(shlex.split(cxx))
        except ValueError as error:
            raise InputError(f"$CXX is {cxx}, which is no command ({error}).") from None
        return _asked(command or (cxx,), " (from $CXX)")
    for name in ("c++", "g++", "clang++"):
        if (path := shutil.which(name)) is not None:
            return _asked((path,))
    if importlib.util.find_spec("ziglang") is not None:
        return _asked((sys.executable, "-m", "ziglang", "c++"))
    raise NoCompiler(HELP)


def _asked(command: tuple[str, ...], whence: str = "") -> Compiler:
    name = f"The C++ compiler {shlex.join(command)}{whence}"
    try:
        answer = subprocess.run([*command, "--version"], capture_output=True, text=True, errors="replace")
    except OSError as error:
        raise InputError(f"{name} does not run ({error.strerror}). {HELP}") from None
    version = answer.stdout.strip().split("\n")[0]
    if answer.returncode or not version:
        raise InputError(f"{name} does not tell its version. {HELP}")
    return Compiler(command, version, "clang" in answer.stdout, "ziglang" in command or _is_zig(command))


def _is_zig(command: tuple[str, ...]) -> bool:
    return re.search(r"\bzig\b", command[0]) is not None
