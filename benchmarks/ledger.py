"""Which kernels have ever run on a real GPU: results/ledger.json, kernel x backend x (device, date, commit).

    python -m benchmarks.ledger          adds new kernels as never run, and drops those that are gone

`make gpu-test` enters what ran in a session of tests without a failure. A kernel without an entry never ran on a GPU.
"""

from __future__ import annotations

import ast
import json
from datetime import date
from pathlib import Path
from typing import Any

from alicuda import kernel_source, machine

RESULT = Path(__file__).resolve().parent / "results" / "ledger.json"
Ledger = dict[str, dict[str, Any]]  # backend -> "file: kernel" -> {"device", "date", "commit"}, or None
BACKENDS = ("cuda", "numba")


def kernels(backend: str = "cuda") -> list[str]:
    """Every kernel of a backend, as the ledger names it."""
    folder, ending = kernel_source.kernels_folder() / backend, {"cuda": "*.cu", "numba": "*.py"}[backend]
    names = _in_cuda if backend == "cuda" else _in_numba
    return [f"{path.name}: {kernel}" for path in sorted(folder.glob(ending)) for kernel in names(path)]


def _in_cuda(path: Path) -> list[str]:
    return list(kernel_source.load(path).kernels)


def _in_numba(path: Path) -> list[str]:
    """Functions marked `@cuda.jit`: one with `device=True` is no kernel, kernels call it. Numba is not needed."""
    functions = [node for node in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(node, ast.FunctionDef)]
    return [f.name for f in functions if [ast.unparse(mark) for mark in f.decorator_list] == ["cuda.jit"]]


def read() -> Ledger:
    """The ledger, with the kernels that there are now."""
    kept = json.loads(RESULT.read_text(encoding="utf-8")) if RESULT.exists() else {}
    return {name: {kernel: kept.get(name, {}).get(kernel) for kernel in kernels(name)} for name in BACKENDS}


def write(ledger: Ledger) -> None:
    RESULT.write_text(json.dumps(ledger, indent=2) + "\n", encoding="utf-8")


def record() -> None:
    """Enter the kernels that this process has run on a GPU."""
    import cupy

    from alicuda.backends.cuda.on_gpu import GPU
    from alicuda.backends.numba_.device import Device

    device = cupy.cuda.runtime.getDeviceProperties(cupy.cuda.Device().id)["name"].decode()
    ran = {"device": device, "date": date.today().isoformat(), "commit": machine.commit()}
    ledger = read()
    for name, launched in (("cuda", GPU.launched), ("numba", Device.launched)):
        ledger[name] |= {f"{file}: {kernel}": ran for file, kernel in sorted(launched)}
    write(ledger)


if __name__ == "__main__":
    write(read())
