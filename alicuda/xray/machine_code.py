"""What the compiler makes of a kernel's accesses to memory: their widths in the machine code.

xray counts what is written. ptxas, the last of NVIDIA's compilers, may make one access of 16 bytes of four of 4 bytes,
keep a number in a register instead of fetching it again, or split what is wider than an instruction. NVRTC and nvdisasm
show it without a GPU; where one of them is not here, xray does without. docs/what-xray-counts.md explains.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sysconfig
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from alicuda import nvrtc
from alicuda.errors import InputError
from alicuda.kernel_source import Source

Place = tuple[str, int]  # file, line
Site = tuple[str, int, str, str]  # file, line, space, op

# An instruction's name says the space and what is done there. Without a letter for the space (LD) the address decides
# when the kernel runs. RED is an atomic whose old value nobody asks for. Constants (LDC), such as a kernel's arguments,
# are no memory that xray counts.
_INSTRUCTIONS = {
    f"{name}{letter}": (space, op)
    for name, op in (("LD", "load"), ("ST", "store"), ("ATOM", "atomic"), ("RED", "atomic"))
    for letter, space in (("G", "global"), ("S", "shared"), ("L", "local"), ("", "generic"))
} | {"RED": ("global", "atomic")}
# Of the words behind its name, those that say its bytes; 4 where there is none of them.
_BYTES = {
    "U8": 1, "S8": 1, "U16": 2, "S16": 2, "F16": 2, "BF16": 2,
    "64": 8, "U64": 8, "S64": 8, "F64": 8, "128": 16, "256": 32,
}  # fmt: skip
_LINES = re.compile(
    r"^\s*\.section\s+(?P<section>[^\s,]+)"
    r'|^\s*//## File "(?P<file>.*)", line (?P<line>\d+)'
    r"|^\s*/\*[0-9a-f]+\*/\s+(?:@(?P<if>!?\w+)\s+)?(?P<name>[A-Z]\w*)(?P<words>(?:\.\w+)*)",
    re.MULTILINE,
)
_NAMED = re.compile(r'^#line \d+ "(.*)"', re.MULTILINE)


@dataclass(frozen=True)
class MachineAccess:
    """The instructions of one source line that do the same to memory."""

    file: str  # as the kernel's source names it
    line: int
    space: str  # "global", "shared", "local" (a thread's own memory) or "generic" (the address tells which)
    op: str  # "load", "store" or "atomic"
    bytes: int  # that each thread moves
    count: int  # of instructions in the machine code; one in a loop runs often


class Written(Protocol):
    """An access as xray counts it."""

    @property
    def file(self) -> str: ...
    @property
    def line(self) -> int: ...
    @property
    def space(self) -> str: ...
    @property
    def op(self) -> str: ...
    @property
    def bytes(self) -> int: ...


def missing() -> str | None:
    """Why nothing can be said of the machine code here, in one sentence; None where it can."""
    if reason := nvrtc.missing():
        return reason
    return None if find("nvdisasm") else "nvdisasm is not here; pip install nvidia-cuda-nvdisasm"


def find(tool: str) -> str | None:
    """A tool of NVIDIA's: from its package, on the path, in $CUDA_HOME, or where NVIDIA's installers put it."""
    packages = Path(sysconfig.get_path("purelib"), "nvidia").glob("*/bin")
    homes = [Path(os.environ["CUDA_HOME"])] if os.environ.get("CUDA_HOME") else []
    homes += sorted(Path("/usr/local").glob("cuda*"), reverse=True)
    nsight = sorted(Path("/opt/nvidia/nsight-compute").glob("*"), reverse=True)
    folders = [os.environ.get("PATH", ""), *(str(home / "bin") for home in homes), *map(str, nsight)]
    places = [*map(str, packages), *folders]
    return shutil.which(tool, path=os.pathsep.join(places))


def widths(source: Source, kernel: str, architecture: int = 80) -> list[MachineAccess] | None:
    """The accesses of a kernel in machine code, in the order of its lines; None where `missing()` tells why not.

    Where a function of another file is inlined into a line of the same number as its own, NVIDIA's table of lines names
    the caller's file. CompileError where the source does not compile for the architecture."""
    if missing():
        return None
    source.signature(kernel)
    text = disassemble(nvrtc.compile(source.text, architecture, source.name).cubin)
    named = {os.path.abspath(name): name for name in _NAMED.findall(source.text)}  # NVRTC makes names absolute
    accesses = [
        MachineAccess(named.get(file, file), line, space, op, size, count)
        for (file, line, space, op, size), count in Counter(read(text, kernel)).items()
    ]
    return sorted(accesses, key=lambda access: (access.file, access.line, access.space, access.op, access.bytes))


def disassemble(cubin: bytes) -> str:
    """The code sections of a cubin, with the source line before each group of instructions."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "kernel.cubin")
        path.write_bytes(cubin)
        command = [find("nvdisasm") or "nvdisasm", "--print-code", "--print-line-info", str(path)]
        done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise InputError(f"nvdisasm cannot read what NVRTC {nvrtc.version()} makes; it says: {done.stderr.strip()}")
    return done.stdout


def read(text: str, kernel: str) -> Iterator[tuple[str, int, str, str, int]]:
    """File, line, space, operation and bytes of each instruction of a kernel that touches memory.

    Functions that were not inlined stand in the section of the kernel that calls them."""
    inside, place = False, ("", 0)
    for match in _LINES.finditer(text):
        if match["section"]:
            inside = match["section"] == f".text.{kernel}"
        elif match["file"]:
            place = (match["file"], int(match["line"]))
        elif inside and match["name"] in _INSTRUCTIONS and match["if"] not in ("!PT", "!UPT"):  # under "never"
            said = [_BYTES[word] for word in match["words"].split(".") if word in _BYTES]
            yield (*place, *_INSTRUCTIONS[match["name"]], max(said, default=4))


def sizes(accesses: Iterable[Written]) -> dict[Site, set[int]]:
    """The bytes of the accesses of each line, space and operation, of xray's counts or of the machine code. Memory of a
    thread's own is left out, as xray leaves it out."""
    found: dict[Site, set[int]] = defaultdict(set)
    for access in accesses:
        if access.space != "local":
            found[access.file, access.line, access.space, access.op].add(access.bytes)
    return dict(found)


def merged(accesses: Iterable[MachineAccess], written: Iterable[Written]) -> dict[Place, str]:
    """What became of the accesses of each source line, such as "32 shared loads of 4 bytes and 8 of 16 bytes: the
    compiler merges some accesses of 4 bytes into accesses of 16 bytes"."""
    accesses = list(accesses)
    machine, source = sizes(accesses), sizes(written)
    told: dict[Place, list[str]] = defaultdict(list)
    for site in sorted({*machine, *source}):
        file, line, space, op = site
        here = {a.bytes: a.count for a in accesses if (a.file, a.line, a.space, a.op) == site}
        instructions = _instructions(space, op, here)
        told[file, line].append(instructions + _change(machine.get(site, set()), source.get(site, set())))
    return {place: "; ".join(sentences) for place, sentences in told.items()}


def changes(source: Source, kernel: str, written: Iterable[Written], architecture: int = 80) -> str:
    """A line for each source line whose accesses the compiler changes, for people; "" where it changes none, and where
    NVRTC or nvdisasm is missing or does not take the source."""
    try:
        accesses = widths(source, kernel, architecture)
    except InputError:
        return ""
    told = merged(accesses, written) if accesses is not None else {}
    lines = [f"{file}:{line}: {words}" for (file, line), words in told.items() if ": the compiler" in words]
    return "\n".join([f"Counted as written. In machine code for sm_{architecture}:", *lines]) if lines else ""


def _instructions(space: str, op: str, counts: dict[int, int]) -> str:
    if not counts:
        return f"no {space} {op}"
    (size, count), *more = sorted(counts.items())
    first = f"{count} {space} {op}{'s' if count > 1 else ''} of {_bytes({size})}"
    return _and([first, *(f"{count} of {_bytes({size})}" for size, count in more)])


def _change(machine: set[int], source: set[int]) -> str:
    """What the compiler did, as far as the widths show it. It widens an access only by taking in its neighbours."""
    if source and not machine:
        return ": the compiler has moved or removed it"
    wide = {size for size in machine if source and size > max(source)}
    if wide:
        some = "some " if machine & source else ""
        return f": the compiler merges {some}accesses of {_bytes(source)} into accesses of {_bytes(wide)}"
    if source and min(machine) < min(source):
        return f": the compiler splits accesses of {_bytes(source)}, or leaves out what nobody uses"
    return ""


def _bytes(sizes: set[int]) -> str:
    return "1 byte" if sizes == {1} else f"{_and([str(size) for size in sorted(sizes)])} bytes"


def _and(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if words[1:] else words)
