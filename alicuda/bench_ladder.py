"""What `python -m alicuda.bench ladder` measures: what each step of a ladder does to memory; on a GPU also how fast.

The first by xray, on any machine, at a size that it counts in seconds; the second at a size that keeps a GPU busy.
"""

from __future__ import annotations

import argparse
import re
import statistics
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from tqdm import tqdm

from alicuda import cli, emulator, ladders, machine, xray
from alicuda.backends.cuda import on_gpu
from alicuda.errors import InputError
from alicuda.files import write_whole
from alicuda.ladders import Ladder, Problem, Step
from alicuda.xray import Report, cards

REPEATS = 10  # timed runs on a GPU; the median is told
MIDDLE_DOT = "·"
SPEEDS = ["GFLOP/s", "GB/s", "share of peak"]
_SPEEDS_TOLD = re.compile(r"; (speeds at .*)\. `python -m")


@dataclass(frozen=True)
class Speeds:
    """The columns that a GPU fills: of each step by its name, and what they were measured on, and when."""

    cells: Mapping[str, list[str]]
    words: str


def add_parser(kinds: Any) -> None:
    ladder = kinds.add_parser(
        "ladder", help="each step of a ladder", description="Measure each step of a ladder: memory, and on a GPU speed."
    )
    ladder.add_argument("name", choices=ladders.NAMES, metavar="NAME", help=", ".join(ladders.NAMES))
    ladder.add_argument("--write", type=cli.path, metavar="FILE", help="put the table between its markers in this file")
    ladder.add_argument("--json", action="store_true", help="print one JSON object on stdout")
    ladder.set_defaults(measure=measure, tell=tell)


def measure(args: argparse.Namespace) -> dict[str, Any]:
    ladder = ladders.get(args.name)
    old = _between(args.write, ladder.name)[1] if args.write else ""  # before minutes of measuring
    problem = ladder.problem(ladder.table_size)
    steps = tqdm(ladder.steps, unit=" steps", disable=None, leave=False, file=sys.stderr)
    rows = [step_row(step, problem) for step in steps]
    gpu = None if on_gpu.missing() else on_gpu.GPU()
    if gpu:
        for row, step in zip(rows, ladder.steps, strict=True):
            row |= speed(step, ladder, gpu)
    found = {
        "what": "ladder",
        "ladder": ladder.name,
        "title": ladder.title,
        "size": list(ladder.table_size),
        "gpu_size": list(ladder.gpu_size),
        "gpu": gpu and gpu.words(),
        "steps": rows,
        "write": str(args.write) if args.write else None,
        "machine": machine.describe(),
        "commit": machine.commit(),
        "date": datetime.now().astimezone().isoformat(timespec="seconds"),
    }
    if args.write:
        before, _, behind = _between(args.write, ladder.name)
        _write(args.write, before, table(found, None if gpu else speeds_of(old)), behind)
    return found


def step_row(step: Step, problem: Problem) -> dict[str, Any]:
    """What xray counts of all launches of a step together."""
    program = emulator.compile(step.source(problem.size), "checked")
    arrays = step.arrays(problem)
    reports = [
        xray.profile(program.kernel(launch.kernel), launch.grid, launch.block, launch.arguments(arrays), card=None)
        for launch in step.launches(problem.size)
    ]
    return {"step": step.name, "changed": step.changed, **_summed(reports, problem)}


def _summed(reports: Sequence[Report], problem: Problem) -> dict[str, Any]:
    totals = [report.totals for report in reports]
    names = ("global_bytes", "global_requests", "global_sectors", "shared_requests", "shared_wavefronts")
    sums = {name: sum(total[name] for total in totals) for name in names}
    shared = [line for report in reports for line in report.lines if line.space == "shared"]
    return {
        "global_bytes": sums["global_bytes"],
        "global_requests": sums["global_requests"],
        "sectors_per_request": sums["global_sectors"] / sums["global_requests"],
        "shared_requests": sums["shared_requests"],
        "shared_wavefronts": sums["shared_wavefronts"],
        "bank_ways_max": max((line.bank_ways_max for line in shared), default=None),
        "flops_per_byte": problem.flops / sums["global_bytes"],
        "barriers_per_thread": max(total["barriers_per_thread"] for total in totals),  # of the launch that has most
        "hazards": sum(report.hazards for report in reports),
    }


def speed(step: Step, ladder: Ladder, gpu: on_gpu.GPU) -> dict[str, Any]:
    """How fast a step is on the GPU at hand, and which share of the peak that bounds the problem that is."""
    import cupy

    problem = ladder.problem(ladder.gpu_size)
    arrays = {name: cupy.asarray(array) for name, array in step.arrays(problem).items()}
    launches, defines = step.launches(problem.size), step.defines(problem.size)
    seconds = []
    for _ in range(1 + REPEATS):
        start, end = cupy.cuda.Event(), cupy.cuda.Event()
        start.record()
        for launch in launches:
            file = str(Path("..") / step.file)
            gpu.launch(file, launch.kernel, launch.grid, launch.block, launch.arguments(arrays), defines)
        end.record()
        end.synchronize()
        seconds.append(cupy.cuda.get_elapsed_time(start, end) / 1000)
    median = statistics.median(seconds[1:])
    row = {"seconds": median, "gflops": problem.flops / median / 1e9, "gbytes": problem.bytes / median / 1e9}
    if known := cards.of_device(gpu.words().rpartition(",")[0]):
        computes = problem.flops / problem.bytes >= known.ridge
        row["share_of_peak"] = row["gflops"] / known.gflops if computes else row["gbytes"] / known.gbytes
    return row


def table(found: dict[str, Any], kept: Speeds | None = None) -> str:
    """The steps as a table in Markdown, with what it was measured on. `kept`: speeds of another day and machine."""
    size = " x ".join(map(str, found["size"]))
    columns = ["step", "what changed", "global MB moved", "global requests", "sectors a request", "shared requests",
               "shared wavefronts", "worst bank conflict", "FLOP a byte", "barriers a thread"]  # fmt: skip
    speeds = _speeds(found) if found["gpu"] else kept
    if speeds:
        columns += SPEEDS
    lines = [f"| {' | '.join(columns)} |", "|---|---|" + "---:|" * (len(columns) - 2)]
    for row in found["steps"]:
        ways = row["bank_ways_max"]
        cells = [row["step"], row["changed"],
                 f"{row['global_bytes'] / 1e6:.2f}", f"{row['global_requests']:,}",
                 f"{row['sectors_per_request']:.2f}", f"{row['shared_requests']:,}" if ways else MIDDLE_DOT,
                 f"{row['shared_wavefronts']:,}" if ways else MIDDLE_DOT, f"{ways}-way" if ways else MIDDLE_DOT,
                 f"{row['flops_per_byte']:.2f}", f"{row['barriers_per_thread']:.4g}"]  # fmt: skip
        if speeds:
            cells += speeds.cells.get(row["step"], [MIDDLE_DOT] * len(SPEEDS))
        lines.append(f"| {' | '.join(cells)} |")
    told = speeds.words if speeds else "no speeds, as they need a GPU"
    counted = f"Counted by xray at {size}, {found['date'][:10]}"
    return "\n".join([*lines, "", f"{counted}; {told}. `python -m alicuda.bench ladder {found['ladder']}`"])


def _speeds(found: dict[str, Any]) -> Speeds:
    cells = {
        row["step"]: [f"{row['gflops']:,.0f}", f"{row['gbytes']:,.0f}",
                      f"{row['share_of_peak']:.0%}" if "share_of_peak" in row else MIDDLE_DOT]
        for row in found["steps"]
    }  # fmt: skip
    return Speeds(cells, f"speeds at {' x '.join(map(str, found['gpu_size']))} on {found['gpu']}, {found['date'][:10]}")


def speeds_of(table: str) -> Speeds | None:
    """The speeds that a table tells, which a machine without a GPU must not lose; None where it tells none."""
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines() if line.startswith("|")]
    words = _SPEEDS_TOLD.search(table)
    if not rows or rows[0][-len(SPEEDS) :] != SPEEDS or not words:
        return None
    return Speeds({row[0]: row[-len(SPEEDS) :] for row in rows[2:]}, words[1])


def _between(file: Path, name: str) -> tuple[str, str, str]:
    """A file's text before, between and behind the markers of a ladder. InputError where they are not there."""
    try:
        text = file.read_bytes().decode("utf-8")  # with the ends of lines that it has
    except OSError as error:
        raise InputError(f"{file} cannot be read ({error.strerror}).") from None
    except UnicodeDecodeError:
        raise InputError(f"{file} is no text in UTF-8: save it as UTF-8, or give --write another file.") from None
    start, end = f"<!-- ladder {name} -->", f"<!-- end of {name} -->"
    found = re.search(rf"{start}\r?\n(?P<table>(?:.*?\n)?){end}", text, re.DOTALL)
    if not found:
        raise InputError(f"{file} has no lines {start} and {end} to put the table between.")
    return text[: found.start("table")], found["table"], text[found.end("table") :]


def _write(file: Path, before: str, table: str, behind: str) -> None:
    table = f"{table}\n".replace("\n", "\r\n" if before.endswith("\r\n") else "\n")
    write_whole(file, lambda temporary: temporary.write_bytes(f"{before}{table}{behind}".encode()))


def tell(found: dict[str, Any]) -> None:
    cli.say(f"written to {found['write']}" if found["write"] else f"{found['title']}\n\n{table(found)}")
