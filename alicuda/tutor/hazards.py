"""What xray or the emulator found, in a sentence for someone who is learning."""

from __future__ import annotations

from pathlib import Path

from alicuda.emulator import KernelError
from alicuda.tutor.report import Problem
from alicuda.xray.report import BadAccess, DivergentBarrier, Race, Report

Three = tuple[int, int, int]
TEXT = "<source>"  # the file that a text seems to come from
KINDS = {"ENDLESS": "endless_loop", "OUT_OF_BOUNDS": "out_of_bounds", "UNWRITTEN": "uninitialised",
         "DIVERGENT_BARRIER": "divergent_barrier", "DIVERGENT_WARP": "divergent_warp"}  # fmt: skip
DOES = {"load": "reads", "store": "writes", "atomic": "adds to", "access": "comes to"}


def of_error(error: KernelError, grid: Three, block: Three, text: str) -> Problem:
    """What ended the kernel."""
    kind = KINDS.get(error.problem, error.problem.lower())
    who = f"thread {at(error.thread, block)} of block {at(error.block, grid)}"
    place = line_of(error.file, error.line) if error.line else ""
    if kind == "endless_loop":
        where = f"in the loop at {place}" if place else "in a loop"
        sentence = f"It does not end: {who} goes round and round {where}."
    else:
        said = str(error).partition("): ")[2] or str(error)
        sentence = f"{capital(f'{place}, {who}' if place else who)}: {said}"
    return at_line(kind, sentence, error.file, error.line, text)


def of_report(report: Report, text: str) -> list[Problem]:
    """The first hazard of each kind that xray has found."""
    return [
        *(_bad(bad, "out_of_bounds", "which is out of bounds", report, text) for bad in report.out_of_bounds[:1]),
        *(_divergent(met, report, text) for met in report.divergent_barriers[:1]),
        *(_race(race, report, text) for race in report.races[:1]),
        *(_bad(bad, "uninitialised", "which nobody has written", report, text) for bad in report.uninitialised[:1]),
    ]


def at_line(kind: str, sentence: str, file: str, line: int | None, text: str) -> Problem:
    """A problem; with the text of its line, if that is one of the answer's own."""
    lines = text.split("\n")
    own = file == TEXT and line is not None and 0 < line <= len(lines)
    return Problem(kind, sentence, line if own else None, lines[line - 1] if own and line else None)


def line_of(file: str, line: int) -> str:
    """A line as a reader finds it: of the answer, or of a header by its name."""
    return f"line {line}" if file == TEXT else f"line {line} of {Path(file).name}"


def _bad(bad: BadAccess, kind: str, why: str, report: Report, text: str) -> Problem:
    what = report.element(bad.array, bad.offset) if bad.array else "memory far from any array"
    if bad.space == "local":
        what = f"element {bad.offset} of an array of the thread's own"
    who = f"thread {at(bad.thread, report.block)} of block {at(bad.block, report.grid)}{_times(bad.count)}"
    place = capital(line_of(bad.file, bad.line))
    return at_line(kind, f"{place} {DOES[bad.op]} {what}, {why}: {who}.", bad.file, bad.line, text)


def _race(race: Race, report: Report, text: str) -> Problem:
    one, two = (at(thread, report.block) for thread in race.threads)
    here, there = (at(block, report.grid) for block in race.blocks)
    who = f"threads {one} and {two} of block {here}"
    if here != there:
        who = f"thread {one} of block {here} and thread {two} of block {there}"
    here_line, there_line = line_of(race.file, race.line), line_of(race.other_file, race.other_line)
    lines = here_line if here_line == there_line else f"{here_line} and {there_line}"
    what = report.element(race.array, race.offset) if race.array else "the same number"
    does = {"write-write": "both write it", "read-write": "one reads it while the other writes it"}
    how = does.get(race.kind, "one of them without an atomic")
    sentence = f"A race at {lines}: {who} come to {what} in no order, and {how}."
    return at_line("race", sentence, race.file, race.line, text)


def _divergent(met: DivergentBarrier, report: Report, text: str) -> Problem:
    one, two = (at(thread, report.block) for thread in met.threads)
    here, there = line_of(met.file, met.lines[0]), line_of(met.other_file, met.lines[1])
    who = f"thread {one} of block {at(met.block, report.grid)} waits at this barrier while thread {two} waits"
    return at_line("divergent_barrier", f"{capital(here)}: {who} at that of {there}.", met.file, met.lines[0], text)


def at(three: Three, size: Three) -> str:
    """A thread or block, in as many numbers as the launch needs."""
    x, y, z = three
    return str(x) if size[1:] == (1, 1) else f"({x}, {y})" if size[2] == 1 else f"({x}, {y}, {z})"


def capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def _times(count: int) -> str:
    return "" if count == 1 else f", and {count - 1:,} {'time' if count == 2 else 'times'} more"
