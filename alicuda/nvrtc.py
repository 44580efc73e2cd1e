"""NVRTC, NVIDIA's run-time compiler for CUDA C++: what it makes of a kernel. No GPU is needed for that.

CuPy compiles the kernels with NVRTC on a GPU; this file calls the same compiler through NVIDIA's own binding
(`cuda-bindings`, which finds the `nvidia-cuda-nvrtc` wheel by itself), with the same options, for any architecture.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from alicuda.errors import InputError

# What a kernel is compiled with, here and by CuPy. Line information costs nothing at run time, and lets profilers and
# compute-sanitizer name the line of the .cu file.
OPTIONS = ("-std=c++17", "-lineinfo")
# What CuPy 13 and 14 add of their own (cupy/cuda/compiler.py); -ftz=true takes float32 numbers below 1.2e-38 for 0.
ADDED_BY_CUPY = ("-ftz=true", "--device-as-default-execution-space")


@dataclass(frozen=True)
class Usage:
    """What one thread, and one block, of a kernel takes on an architecture. Sizes in bytes."""

    registers: int
    shared: int  # static shared memory of a block; what a launch asks for on top is not in it
    stack: int  # local memory of a thread: arrays that could not be kept in registers
    spill_stores: int  # registers that did not fit, written to and read from local memory
    spill_loads: int

    @property
    def spills(self) -> int:
        return self.spill_stores + self.spill_loads


@dataclass(frozen=True)
class Compiled:
    """The machine code, and the usage of each kernel by name."""

    cubin: bytes
    usage: dict[str, Usage]


class CompileError(InputError):
    """A kernel does not compile; the message is the compiler's log."""


def missing() -> str | None:
    """Why NVRTC cannot be used here, in one sentence; None where it can."""
    try:
        version()
    except Exception as error:  # no binding, no library, or one that does not load: each raises its own kind
        reason = f"{type(error).__name__}: {error}".splitlines()[0]
        return f"NVRTC is not here ({reason}); pip install nvidia-cuda-nvrtc cuda-bindings"
    return None


def version() -> str:
    """NVRTC's version, such as "13.0"."""
    _, major, minor = _done(_nvrtc().nvrtcVersion())
    return f"{major}.{minor}"


def compile(text: str, architecture: int, name: str = "kernel.cu") -> Compiled:
    """Compile a whole source, includes pasted in, as CuPy would. Raises CompileError with the log."""
    nvrtc = _nvrtc()
    options = [*OPTIONS, *ADDED_BY_CUPY, f"-arch=sm_{architecture}", "--ptxas-options=-v"]
    program = _done(nvrtc.nvrtcCreateProgram(text.encode(), name.encode(), 0, None, None))[1]
    try:
        (status,) = nvrtc.nvrtcCompileProgram(program, len(options), [option.encode() for option in options])
        log = (
            _bytes(nvrtc.nvrtcGetProgramLogSize, nvrtc.nvrtcGetProgramLog, program)
            .rstrip(b"\0")
            .decode(errors="replace")
        )
        if status != nvrtc.nvrtcResult.NVRTC_SUCCESS:
            raise CompileError(f"{name} does not compile for sm_{architecture}:\n{log.strip()}")
        cubin = _bytes(nvrtc.nvrtcGetCUBINSize, nvrtc.nvrtcGetCUBIN, program)
    finally:
        nvrtc.nvrtcDestroyProgram(program)
    return Compiled(cubin, read_usage(log))


# ptxas -v, in NVRTC's log:
#     Compiling entry function 'leaky_relu' for 'sm_80'
#     0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads
#     Used 14 registers, used 1 barriers, 1024 bytes smem, 372 bytes cmem[0]
# Functions that were not inlined have a line of the second kind too, after their own "Function properties for NAME".
_LINES = re.compile(
    r"Compiling entry function '(?P<kernel>\w+)'|Function properties for (?P<function>\S+)"
    r"|(?P<stack>\d+) bytes stack frame, (?P<stores>\d+) bytes spill stores, (?P<loads>\d+) bytes spill loads"
    r"|Used (?P<registers>\d+) registers(?P<rest>.*)"
)


def read_usage(log: str) -> dict[str, Usage]:
    """The usage of each kernel, from the compiler's log. What functions that were not inlined spill is added up."""
    usage = {}
    kernel, memory = None, [0, 0, 0]
    for line in _LINES.finditer(log):
        if line["kernel"]:
            kernel, memory = line["kernel"], [0, 0, 0]
        elif line["stack"]:
            memory = [a + int(b) for a, b in zip(memory, line.group("stack", "stores", "loads"), strict=True)]
        elif line["registers"] and kernel:
            shared = re.search(r"(\d+) bytes smem", line["rest"])
            usage[kernel] = Usage(int(line["registers"]), int(shared[1]) if shared else 0, *memory)
            kernel = None
    return usage


def _nvrtc() -> Any:
    from cuda.bindings import nvrtc  # here, not above: only those who compile need it

    return nvrtc


def _done(answer: Any) -> Any:
    """An answer of the binding, whose first element is a status."""
    if answer[0] != _nvrtc().nvrtcResult.NVRTC_SUCCESS:
        raise RuntimeError(f"NVRTC: {answer[0].name}")
    return answer


def _bytes(size: Any, get: Any, program: Any) -> bytes:
    buffer = b" " * _done(size(program))[1]  # the binding writes into it
    _done(get(program, buffer))
    return buffer
