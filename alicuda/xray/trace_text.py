"""A warp's steps as lines of text, and lists of lanes and elements in few characters."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from alicuda.xray.as_json import active
from alicuda.xray.report import Report, Step

SHOWN = 60  # steps
WIDTH = 100
PIECES = 6  # of a list, until it is cut
_WHAT = {"": "goes on", "warp": "warp function"}


def trace_text(report: Report, block: int, warp: int) -> str:
    """The first steps of a traced warp: number, line, active lanes, what they do and where."""
    numbered, left_out = shown_steps(report)
    steps = [step for _, step in numbered]
    rows = [(str(number), place(step, report), compact(active(step.lanes)), does(step)) for number, step in numbered]
    table = [("step", "line", "lanes", "does"), *rows]
    widths = [max(len(row[column]) for row in table) for column in range(4)]
    widths[2], widths[3] = min(widths[2], 26), min(widths[3], 44)
    lines = [f"Block {block}, warp {warp}, step by step:"]
    for row, source in zip(table, ["source", *(source_of(step, report) for step in steps)], strict=True):
        numbers = f"{row[0]:>{widths[0]}}  {row[1]:>{widths[1]}}"
        cells = "  ".join(f"{cut(row[column], widths[column]):<{widths[column]}}" for column in (2, 3))
        lines.append(cut(f"{numbers}  {cells}  {source}", WIDTH).rstrip())
    if left_out:
        lines.append(f"{left_out:,} more steps are left out; --json has up to 100,000.")
    return "\n".join(lines)


def shown_steps(report: Report) -> tuple[list[tuple[int, Step]], int]:
    """The first steps that tell something, with their numbers in the whole trace, and how many come after them.

    A step in which lanes only go on tells something where the line or the lanes change with it."""
    kept: list[tuple[int, Step]] = []
    for number, step in enumerate(report.trace, 1):
        before = kept[-1][1] if kept else None
        after = report.trace[number] if number < len(report.trace) else None
        if step.what or not any(other and _same_place(step, other) for other in (before, after)):
            kept.append((number, step))
        if len(kept) == SHOWN:
            break
    last = kept[-1][0] if len(kept) == SHOWN else len(report.trace)
    return kept, len(report.trace) - last + report.steps_left_out


def _same_place(one: Step, other: Step) -> bool:
    return (one.file, one.line, one.lanes) == (other.file, other.line, other.lanes)


def place(step: Step, report: Report) -> str:
    """The step's line; with its file where the warp went through several."""
    several = len({other.file for other in report.trace}) > 1
    return f"{Path(step.file).name}:{step.line}" if several else str(step.line)


def does(step: Step) -> str:
    """What the lanes do, such as `load x[0..31]`."""
    if step.what in ("load", "store", "atomic"):
        where = compact([offset for offset in step.offsets if offset is not None])
        return f"{step.what:<5} {step.array}[{where}]" if step.array else f"{step.what:<5} in no array"
    return _WHAT.get(step.what, step.what)


def source_of(step: Step, report: Report) -> str:
    lines = report.source.get(step.file, [])
    return " ".join(lines[step.line - 1].split()) if 0 < step.line <= len(lines) else ""


def compact(numbers: Sequence[int]) -> str:
    """Numbers in their order, those at equal distances as one piece: `0..31`, `0,2,..62`, `5 x32`, `7..4,9`."""
    pieces, start = [], 0
    while start < len(numbers):
        end = start + 1
        while end < len(numbers) and numbers[end] - numbers[end - 1] == numbers[start + 1] - numbers[start]:
            end += 1
        distance = numbers[start + 1] - numbers[start] if end - start > 1 else None
        if distance == 0:
            pieces.append(f"{numbers[start]} x{end - start}")
        elif end - start > 2:
            between = ".." if distance in (1, -1) else f",{numbers[start + 1]},.."
            pieces.append(f"{numbers[start]}{between}{numbers[end - 1]}")
        else:  # two numbers are always at equal distances: the second may begin a longer piece
            end = start + 1
            pieces.append(str(numbers[start]))
        start = end
    more = len(pieces) - PIECES
    return ",".join(pieces[:PIECES]) + (",..." if more > 0 else "")


def cut(text: str, width: int) -> str:
    """The text in so many columns."""
    return text if len(text) <= width else f"{text[: width - 3]}..."
