"""Which kernels have ever run on a real GPU: results/ledger.json, kernel x backend x (device, date, commit).

    python -m benchmarks.ledger          adds new kernels as never run, and drops those that are gone

`make gpu-test` enters what ran in a session of tests without a failure. A kernel without an entry never ran on a GPU.
"""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

from alicuda import kernel_source, machine

RESULT = Path(__file__).resolve().parent / "results" / "ledger.json"
Ledger = dict[str, dict[str, Any]]  # backend -> "file.cu: kernel" -> {"device", "date", "commit"}, or None


def kernels() -> list[str]:
    """Every kernel of the backend `cuda`, as the ledger names it."""
    files = sorted((kernel_source.kernels_folder() / "cuda").glob("*.cu"))
    return [f"{path.name}: {kernel}" for path in files for kernel in kernel_source.load(path).kernels]


def read() -> Ledger:
    """The ledger, with the kernels that there are now."""
    kept = json.loads(RESULT.read_text(encoding="utf-8")) if RESULT.exists() else {}
    return {"cuda": {kernel: kept.get("cuda", {}).get(kernel) for kernel in kernels()}}


def write(ledger: Ledger) -> None:
    RESULT.write_text(json.dumps(ledger, indent=2) + "\n", encoding="utf-8")


def record() -> None:
    """Enter the kernels that this process has run on a GPU."""
    import cupy

    from alicuda.backends.cuda.on_gpu import GPU

    device = cupy.cuda.runtime.getDeviceProperties(cupy.cuda.Device().id)["name"].decode()
    ran = {"device": device, "date": date.today().isoformat(), "commit": machine.commit()}
    ledger = read()
    ledger["cuda"] |= {f"{file}: {kernel}": ran for file, kernel in sorted(GPU.launched)}
    write(ledger)


if __name__ == "__main__":
    write(read())
