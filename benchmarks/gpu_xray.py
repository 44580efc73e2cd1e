"""xray's counts beside Nsight Compute's, for every step of every ladder at the size of its table.

    python -m benchmarks.gpu_xray           writes results/xray_ncu.md and .json
    python -m benchmarks.gpu_xray alone     only the launches, which Nsight Compute watches

Exit status 1 where the counts differ by more than 2 %, unless the compiler has changed the widths of shared accesses on
the way, which is named. Needs a GPU and CuPy; exit status 2 without. Where Nsight Compute's `ncu` is not installed (it
comes with the CUDA toolkit) or may not read the GPU's counters that is said, and the exit status is 0: nothing differs
because nothing was compared. docs/what-xray-counts.md explains both counts.
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from alicuda import backends, emulator, ladders, launch_limits, machine, nvrtc, xray
from alicuda.kernel_source import Source
from alicuda.ladders import Ladder, Step
from alicuda.xray import machine_code

RESULT = Path(__file__).resolve().parent / "results" / "xray_ncu.json"
COMMAND = "python -m benchmarks.gpu_xray"
TOLERANCE = 0.02
METRICS = {
    "global load sectors": "l1tex__t_sectors_pipe_lsu_mem_global_op_ld.sum",
    "global store sectors": "l1tex__t_sectors_pipe_lsu_mem_global_op_st.sum",
    "shared load wavefronts": "l1tex__data_pipe_lsu_wavefronts_mem_shared_op_ld.sum",
    "shared store wavefronts": "l1tex__data_pipe_lsu_wavefronts_mem_shared_op_st.sum",
}
NO_LEAVE = (
    "this user may not read the GPU's counters (ERR_NVGPUCTRPERM). Run as root (sudo with this Python's full path), "
    "start the container with --cap-add=SYS_ADMIN, or have it allowed to all users: "
    "https://developer.nvidia.com/ERR_NVGPUCTRPERM"
)
Counts = dict[str, int]  # by the names of METRICS


class Unreadable(Exception):
    """Nsight Compute has told no counts; the sentence says why."""


@dataclass(frozen=True)
class Row:
    """One count of one step."""

    step: str
    count: str
    xray: int
    ncu: int
    widths: str  # what the compiler has made of these accesses, where their widths differ from the source's

    @property
    def ratio(self) -> float | None:
        """xray's count by Nsight Compute's; None where that has counted nothing."""
        return self.xray / self.ncu if self.ncu else None

    @property
    def verdict(self) -> str:
        if abs(self.xray - self.ncu) <= TOLERANCE * self.ncu:
            return "equal" if self.xray == self.ncu else "within 2 %"
        return "merged" if self.widths and self.count.startswith("shared") else "differs"


def steps() -> list[tuple[Ladder, Step]]:
    return [(ladder, step) for ladder in map(ladders.get, ladders.NAMES) for step in ladder.steps]


def title(ladder: Ladder, step: Step) -> str:
    return f"{ladder.name} {step.name}"


def launch_all() -> None:
    """Each launch of each step on the GPU, once. No other kernel runs in this process: arrays are only copied."""
    import cupy

    for ladder, step in steps():
        problem = ladder.problem(ladder.table_size)
        source = step.source(problem.size)
        module = cupy.RawModule(code=source.text, options=nvrtc.OPTIONS)
        arrays = {name: cupy.asarray(array) for name, array in step.arrays(problem).items()}
        for launch in step.launches(problem.size):
            grid, block = launch_limits.check(launch.kernel, launch.grid, launch.block)
            args = source.signature(launch.kernel).check(launch.arguments(arrays))
            module.get_function(launch.kernel)(grid, block, tuple(args))
    cupy.cuda.Device().synchronize()


def watch(ncu: str) -> str:
    """What Nsight Compute tells of the launches."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "ncu.csv"
        command = [ncu, "--metrics", ",".join(METRICS.values()), "--csv", "--page", "raw", "--print-units", "base",
                   "--print-kernel-base", "function", "--log-file", str(log),
                   sys.executable, "-m", "benchmarks.gpu_xray", "alone"]  # fmt: skip
        # numbers as in English, whoever types the command
        done = subprocess.run(command, env={**os.environ, "LC_ALL": "C"}, capture_output=True, text=True)
        told = log.read_text(encoding="utf-8") if log.exists() else ""
    everything = told + done.stdout + done.stderr
    if "ERR_NVGPUCTRPERM" in everything:
        raise Unreadable(NO_LEAVE)
    if done.returncode:
        raise Unreadable(f"ncu has ended with exit status {done.returncode}: {everything.strip()[-2000:]}")
    return told


def read(told: str, kernels: Sequence[str]) -> list[Counts]:
    """The counts of each launch, of the kernels of these names in this order, from ncu's page "raw" as CSV.

    Above its header stand lines of ncu's own (==PROF==), below it the units of each column."""
    lines = told.splitlines()
    start = next((i for i, line in enumerate(lines) if line.startswith('"ID"')), None)
    if start is None:
        raise Unreadable(f"ncu has told no counts: {told.strip()[-2000:] or 'it has printed nothing'}")
    rows = [row for row in csv.DictReader(lines[start:]) if (row["ID"] or "").isdigit()]
    found = [row["Kernel Name"].partition("(")[0] for row in rows]
    if found != list(kernels):
        raise Unreadable(f"ncu has seen other launches than were made: {found} instead of {list(kernels)}")
    return [{name: _number(row, metric) for name, metric in METRICS.items()} for row in rows]


def _number(row: dict[str, str], metric: str) -> int:
    text = (row.get(metric) or "nothing").replace(",", "")
    try:
        return round(float(text))
    except ValueError:
        raise Unreadable(f"ncu has no number for {metric} on this GPU, but {text}") from None


@dataclass(frozen=True)
class Access:
    """An access as xray has counted it."""

    file: str
    line: int
    space: str
    op: str
    bytes: int
    sectors: int
    wavefronts: int


def xray_counts(ladder: Ladder, step: Step) -> list[Access]:
    """The accesses of all launches of a step, counted by xray. All that this file knows of xray's interface is here."""
    problem = ladder.problem(ladder.table_size)
    source, arrays = step.source(problem.size), step.arrays(problem)
    program = emulator.compile(source)
    found = []
    for launch in step.launches(problem.size):
        kernel, arguments = program.kernel(launch.kernel), launch.arguments(arrays)
        report = xray.profile(kernel, launch.grid, launch.block, arguments, card=None)
        found += [
            Access(line.file, line.line, line.space, line.op, line.bytes, line.sectors, line.wavefronts)
            for line in report.lines
        ]
    return found


def add_up(accesses: Iterable[Access]) -> Counts:
    """The counts that METRICS names. Atomics are in none of them, neither here nor in Nsight Compute's."""
    counts: Counter[str] = Counter()
    for access in accesses:
        unit, number = ("sectors", access.sectors) if access.space == "global" else ("wavefronts", access.wavefronts)
        counts[f"{access.space} {access.op} {unit}"] += number
    return {name: counts[name] for name in METRICS}


def changes(source: Source, accesses: Sequence[Access], architecture: int) -> dict[str, str]:
    """For each name of METRICS the lines on which the machine code has other widths than the source, in words."""
    compiled = [
        access for kernel in source.kernels for access in machine_code.widths(source, kernel, architecture) or []
    ]
    words = {}
    for name in METRICS:
        space, op, _ = name.split()
        ours = [access for access in accesses if (access.space, access.op) == (space, op)]
        theirs = [access for access in compiled if (access.space, access.op) == (space, op)]
        written, made = machine_code.sizes(ours), machine_code.sizes(theirs)
        told = machine_code.merged(theirs, ours)
        words[name] = "; ".join(
            f"line {line}: {told[file, line]}"
            for file, line, *_ in sorted(written)
            if written[file, line, space, op] != made.get((file, line, space, op))
        )
    return words


def compare(step: str, xray: Counts, ncu: Counts, widths: dict[str, str]) -> list[Row]:
    """A row for each count that one of the two has."""
    return [Row(step, name, xray[name], ncu[name], widths[name]) for name in METRICS if xray[name] or ncu[name]]


def measure(ncu: str, architecture: int) -> list[Row]:
    """Nsight Compute counts all launches, then xray those of one step after the other."""
    launches = [launch for ladder, step in steps() for launch in step.launches(ladder.table_size)]
    counts = iter(read(watch(ncu), [launch.kernel for launch in launches]))
    rows = []
    for ladder, step in steps():
        total: Counter[str] = Counter()
        for _ in step.launches(ladder.table_size):
            total.update(next(counts))
        accesses = xray_counts(ladder, step)
        source = step.source(ladder.table_size)
        rows += compare(title(ladder, step), add_up(accesses), {name: total[name] for name in METRICS},
                        changes(source, accesses, architecture))  # fmt: skip
    return rows


def page(result: dict[str, Any], rows: Sequence[Row]) -> str:
    """The result in Markdown."""
    lines = [
        "# xray's counts beside Nsight Compute's", "",
        f"`{COMMAND}`, {result['device']} (sm_{result['architecture']}), {result['date']}, commit {result['commit']}, "
        f"NVRTC {result['nvrtc']}. Each ladder at the size of its table. \"merged\": the compiler has changed the "
        "widths of these shared accesses, as the last column tells; see "
        "[what xray counts](../../docs/what-xray-counts.md).", "",
        "| step | count | xray | Nsight Compute | ratio | verdict | machine code |",
        "|---|---|---|---|---|---|---|",
    ]  # fmt: skip
    for row in rows:
        ratio = "-" if row.ratio is None else f"{row.ratio:.3f}"
        cells = [row.step, row.count, f"{row.xray:,}", f"{row.ncu:,}", ratio, row.verdict, row.widths]
        lines.append(f"| {' | '.join(cells)} |")
    verdicts = Counter(row.verdict for row in rows)
    tail = ", ".join(f"{number} {verdict}" for verdict, number in sorted(verdicts.items()))
    return "\n".join([*lines, "", f"{len(rows)} counts: {tail}."]) + "\n"


def missing() -> str | None:
    """Why nothing can be compared on this GPU."""
    if reason := machine_code.missing():
        return reason
    return None if machine_code.find("ncu") else "Nsight Compute's ncu is not here; it comes with the CUDA toolkit"


def main() -> int:
    if sys.argv[1:] == ["alone"]:
        launch_all()
        return 0
    ncu = machine_code.find("ncu")
    if reason := backends.missing("cuda"):
        print(f"gpu_xray: {reason}", file=sys.stderr)
        return 2
    if (gap := missing()) or ncu is None:
        print(f"xray's counts were NOT compared: {gap}")
        return 0
    import cupy

    device = cupy.cuda.Device()
    try:
        rows = measure(ncu, int(device.compute_capability))
    except Unreadable as error:
        print(f"xray's counts were NOT compared: {error}")
        return 0 if str(error) == NO_LEAVE else 1
    result = {
        "command": COMMAND,
        "date": date.today().isoformat(),
        "commit": machine.commit(),
        "device": cupy.cuda.runtime.getDeviceProperties(device.id)["name"].decode(),
        "architecture": int(device.compute_capability),
        "nvrtc": nvrtc.version(),
        "rows": [{**asdict(row), "ratio": row.ratio, "verdict": row.verdict} for row in rows],
    }
    RESULT.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    RESULT.with_suffix(".md").write_text(page(result, rows), encoding="utf-8")
    print(page(result, rows), end="")
    return int(any(row.verdict == "differs" for row in rows))


if __name__ == "__main__":
    sys.exit(main())
