"""What NVRTC makes of every kernel: registers, shared memory, stack and spills, for each build and architecture.

    python -m benchmarks.compile_table          writes results/compile_table.md and .json; no GPU is needed

Needs NVRTC (pip install nvidia-cuda-nvrtc cuda-bindings); exit status 2 without it.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from alicuda import kernel_source, nvrtc
from alicuda.backends.cuda.builds import BUILDS

OPTIONS = [*nvrtc.OPTIONS, *nvrtc.ADDED_BY_CUPY]
ARCHITECTURES = (75, 80, 86, 89, 90, 100, 120)
RESULT = Path(__file__).resolve().parent / "results" / "compile_table.json"


def files() -> list[Path]:
    return sorted((kernel_source.kernels_folder() / "cuda").glob("*.cu"))


def architectures(path: Path) -> list[int]:
    """Those that a file compiles for: at least what its header says in a line `// needs: sm_80`."""
    needs = re.search(r"^// needs: sm_(\d+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    return [a for a in ARCHITECTURES if not needs or a >= int(needs[1])]


def build_name(defines: dict[str, int]) -> str:
    return " ".join(f"{key}={value}" for key, value in defines.items())


def compile_file(path: Path, chosen: Iterable[int]) -> list[dict[str, Any]]:
    """A row for each kernel, build and architecture. Raises CompileError."""
    rows = []
    for defines in BUILDS[path.name]:
        source = kernel_source.load(path, defines)
        for architecture in chosen:
            usage = nvrtc.compile(source.text, architecture, path.name).usage
            rows += [
                {"file": path.name, "kernel": kernel, "build": build_name(defines), "architecture": architecture,
                 **asdict(usage[kernel]), "spills": usage[kernel].spills}
                for kernel in source.kernels
            ]  # fmt: skip
    return rows


def compile_all() -> dict[str, Any]:
    rows = [row for path in files() for row in compile_file(path, architectures(path))]
    return {"nvrtc": nvrtc.version(), "date": date.today().isoformat(), "options": OPTIONS, "rows": rows}


def table(result: dict[str, Any]) -> str:
    """The page, in Markdown: a line for each kernel and build, a column for each architecture."""
    lines = [
        "# What the compiler makes of the kernels", "",
        f"`python -m benchmarks.compile_table`, NVRTC {result['nvrtc']}, {result['date']}. Registers of a thread, for "
        "each architecture; with `+ n stack` where local arrays take n bytes of a thread's own memory, and "
        "`+ n spilled` where registers did not suffice. Shared memory is that of a block, in bytes, static.", "",
        "| file | kernel | build | shared | " + " | ".join(f"sm_{a}" for a in ARCHITECTURES) + " |",
        "|---|---|---|---|" + "---|" * len(ARCHITECTURES),
    ]  # fmt: skip
    grouped: dict[tuple[str, str, str], dict[int, dict[str, Any]]] = {}
    for row in result["rows"]:
        grouped.setdefault((row["file"], row["kernel"], row["build"]), {})[row["architecture"]] = row
    for names, found in grouped.items():
        shared = " / ".join(str(s) for s in sorted({row["shared"] for row in found.values()}))
        cells = [_cell(found[a]) if a in found else "-" for a in ARCHITECTURES]
        lines.append(f"| {' | '.join(names)} | {shared} | {' | '.join(cells)} |")
    spilling = sum(row["spills"] > 0 for row in result["rows"])
    return "\n".join([*lines, "", f"{len(result['rows'])} compiled kernels, {spilling} of them with spills."]) + "\n"


def _cell(row: dict[str, Any]) -> str:
    stack = f" + {row['stack']} stack" if row["stack"] else ""
    spilled = f" + {row['spills']} spilled" if row["spills"] else ""
    return f"{row['registers']}{stack}{spilled}"


def main() -> int:
    if reason := nvrtc.missing():
        print(reason, file=sys.stderr)
        return 2
    result = compile_all()
    head = {key: value for key, value in result.items() if key != "rows"}
    rows = ",\n".join(f"  {json.dumps(row)}" for row in result["rows"])
    RESULT.write_text(f'{json.dumps(head)[:-1]}, "rows": [\n{rows}\n]}}\n', encoding="utf-8")
    RESULT.with_suffix(".md").write_text(table(result), encoding="utf-8")
    print(f"{len(result['rows'])} kernels compiled; see {RESULT.with_suffix('.md')}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
