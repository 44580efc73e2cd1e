"""What Numba makes of the kernels of `kernels/numba/` for a GPU: its PTX, which takes NVVM but no GPU.

    python -m benchmarks.numba_ptx < JOB        JOB and the answer are JSON; `compiled` says what is in them

Numba's simulator runs a kernel as Python and would not notice what a GPU's compiler refuses, or makes a double of. And
where there is no GPU, Numba is its simulator for good in every process that runs kernels. So this is one of its own.
"""

from __future__ import annotations

import importlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

from alicuda import kernel_source

ROOT = Path(__file__).resolve().parent.parent
INSTALL = "pip install --editable '.[test,compilers]'"
PACKAGE = "alicuda_numba_kernels"
INSTRUCTION = re.compile(r"^\t+(?:@!?%p\d+ +)?([a-z][\w.:]*)", re.MULTILINE)
RELEASE = re.compile(r"Cuda compilation tools, release [\d.]+, V([\d.]+)")
ARRAY = re.compile(r"\.(shared|local)\s+(?:\.align\s+\d+\s+)?\.b8\s+[\w$]+\[(\d+)\]")


class CannotCompile(Exception):
    """Numba cannot compile here; the message says what is missing."""


def compiled(
    signatures: Mapping[tuple[str, str], Sequence[str]], architectures: Iterable[int], folder: Path | None = None
) -> dict[str, Any]:
    """Compile the kernels (file, name), with arguments of these types, for architectures such as 75 and 90.

    Returns versions, and for each kernel and architecture a row of figures, or of the compiler's `error`.
    """
    job = {
        "folder": str(folder or kernel_source.kernels_folder() / "numba"),
        "kernels": [[*kernel, list(types)] for kernel, types in signatures.items()],
        "architectures": list(architectures),
    }
    environment = {name: value for name, value in os.environ.items() if name != "NUMBA_ENABLE_CUDASIM"}
    command = [sys.executable, "-m", "benchmarks.numba_ptx"]
    done = subprocess.run(command, input=json.dumps(job), cwd=ROOT, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"Numba's compiler stopped:\n{done.stderr}")
    answer = json.loads(done.stdout)
    if "missing" in answer:
        raise CannotCompile(answer["missing"])
    return answer


def figures(ptx: str) -> dict[str, int]:
    """Counts of what is in the PTX of one kernel, with the functions that it calls. Memory in bytes: shared, of a
    block, and local, of a thread, which is where arrays go that do not fit into registers."""
    instructions = INSTRUCTION.findall(ptx)
    arrays = ARRAY.findall(ptx)
    return {
        "instructions": len(instructions),
        "doubles": sum(".f64" in instruction for instruction in instructions),
        "barriers": sum(instruction.startswith(("bar.", "barrier.")) for instruction in instructions),
        "shared": sum(int(size) for space, size in arrays if space == "shared"),
        "local": sum(int(size) for space, size in arrays if space == "local"),
    }


def _numba() -> tuple[Any, dict[str, str]]:
    """Numba's CUDA target, and the versions of what compiles. Raises CannotCompile."""
    try:
        import numba
        import numba_cuda
        from numba import cuda
        from numba.cuda import dispatcher
        from numba.cuda.cudadrv import nvvm
    except ImportError as error:
        raise CannotCompile(f"numba-cuda is not here ({error}); {INSTALL}") from None
    # A function that kernels call is first compiled for the card at hand, and there is none.
    dispatcher.get_current_device = lambda: SimpleNamespace(compute_capability=(9, 0))
    try:
        nvvm.NVVM()
    except Exception as error:  # no library, or one that does not load: each raises its own kind
        reason = str(error).splitlines()[0]
        raise CannotCompile(f"NVVM is not here ({reason}); {INSTALL}") from None
    return cuda, {"numba": numba.__version__, "numba-cuda": numba_cuda.__version__}


def _module(folder: str, file: str) -> ModuleType:
    if PACKAGE not in sys.modules:
        sys.modules[PACKAGE] = ModuleType(PACKAGE)
        sys.modules[PACKAGE].__path__ = [folder]
    return importlib.import_module(f"{PACKAGE}.{file.removesuffix('.py')}")


def _type(text: str) -> Any:
    from numba.cuda import types

    if array := re.fullmatch(r"array\((\w+), (\d)d, (\w)\)", text):
        return types.Array(getattr(types, array[1]), int(array[2]), array[3])
    return getattr(types, text)


def _answer(job: dict[str, Any]) -> dict[str, Any]:
    try:
        cuda, versions = _numba()
    except CannotCompile as reason:
        return {"missing": str(reason)}
    rows = []
    for file, kernel, types in job["kernels"]:
        function = getattr(_module(job["folder"], file), kernel).py_func
        for architecture in job["architectures"]:
            row = {"file": file, "kernel": kernel, "architecture": architecture}
            try:
                ptx, _ = cuda.compile_ptx(function, tuple(map(_type, types)), cc=divmod(architecture, 10))
                rows.append({**row, **figures(ptx)})
                versions["NVVM"] = RELEASE.search(ptx)[1]
            except Exception as error:  # typing, lowering and NVVM have kinds of their own
                rows.append({**row, "error": f"{type(error).__name__}: {error}"})
    return {"versions": versions, "rows": rows}


if __name__ == "__main__":
    json.dump(_answer(json.load(sys.stdin)), sys.stdout)
