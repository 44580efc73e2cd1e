"""What Numba makes of every kernel of `kernels/numba/` for GPUs: instructions, doubles, barriers, memory.

    python -m benchmarks.numba_compile_table          writes results/numba_compile_table.md; no GPU is needed

Each kernel is compiled for the types that the backend launches it with. Needs numba-cuda and NVVM (pip install
--editable '.[test,compilers]'); exit status 2 without them.
"""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks import numba_ptx
from benchmarks.compile_table import ARCHITECTURES
from tests.kernels import numba_launches

RESULT = Path(__file__).resolve().parent / "results" / "numba_compile_table.md"

HEAD = """\
# What Numba makes of the kernels in Python

`python -m benchmarks.numba_compile_table`, {date}, {versions}.
Compiled without a GPU for {architectures}, each kernel of
`kernels/numba/` with the types that the backend launches it with. Nothing has been run.

Instructions are those of the PTX, NVIDIA's intermediate language, from which the machine code is made. Doubles are
those among them that compute in double precision, which most cards do 32 or 64 times slower: there should be none but
in the normal random numbers, which need the digits. Barriers are counted as they stand in the PTX, where loops are
unrolled. Shared memory is that of a block, in bytes; local memory is a thread's own, and slow. The 40 bytes of it
belong to `math.cos` and `math.sin`, for angles so large that none of ours comes near.
"""


def compile_all(architectures: tuple[int, ...] = ARCHITECTURES) -> dict[str, Any]:
    """Raises numba_ptx.CannotCompile."""
    first = {kernel: seen[0] for kernel, seen in numba_launches.signatures().items()}
    return {**numba_ptx.compiled(first, architectures), "date": date.today().isoformat()}


def table(result: dict[str, Any]) -> str:
    """The page. What is the same for all architectures is told once."""
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in result["rows"]:
        found.setdefault((row["file"], row["kernel"]), []).append(row)
    versions = ", ".join(f"{name} {version}" for name, version in result["versions"].items())
    architectures = ", ".join(f"sm_{a}" for a in sorted({row["architecture"] for row in result["rows"]}))
    columns = ["instructions", "doubles", "barriers", "shared", "local"]
    lines = [
        HEAD.format(date=result["date"], versions=versions, architectures=architectures),
        f"| file | kernel | {' | '.join(columns)} |", "|---|---|" + "---|" * len(columns),
    ]  # fmt: skip
    for names, rows in found.items():
        cells = [" to ".join(map(str, sorted({min(n), max(n)}))) for c in columns for n in [[row[c] for row in rows]]]
        lines.append(f"| {' | '.join([*names, *cells])} |")
    return "\n".join(lines) + "\n"


def main() -> int:
    try:
        result = compile_all()
    except numba_ptx.CannotCompile as reason:
        print(f"numba_compile_table: {reason}", file=sys.stderr)
        return 2
    failed = [row for row in result["rows"] if "error" in row]
    for row in failed:
        print(f"{row['file']}: {row['kernel']}, sm_{row['architecture']}: {row['error']}", file=sys.stderr)
    if not failed:
        RESULT.write_text(table(result), encoding="utf-8")
        print(f"{len(result['rows'])} kernels compiled; see {RESULT}")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
