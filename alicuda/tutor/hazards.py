"""What xray or the emulator found, in a sentence for someone who is learning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from alicuda.emulator import KernelError
from alicuda.tutor.report import Problem
from alicuda.xray.report import BadAccess, DivergentBarrier, Race, Report

KINDS = {"ENDLESS": "endless_loop", "OUT_OF_BOUNDS": "out_of_bounds", "UNWRITTEN": "uninitialised",
         "DIVERGENT_BARRIER": "divergent_barrier", "DIVERGENT_WARP": "divergent_warp"}  # fmt: skip


def of_error(error: KernelError, launch: str, text: str) -> Problem:
    """What ended the kernel."""
    kind = KINDS.get(error.problem, error.problem.lower())
    lines = text.split("\n")
    line = error.line if 0 < error.line <= len(lines) else None
    where = f"Line {line}: " if line else ""
    who = f"thread {_at(error.thread)} of block {_at(error.block)}"
    if kind == "endless_loop":
        place = f"the loop at line {line}" if line else "a loop"
        sentence = f"It does not end: {who} goes round and round in {place}; {launch}."
    else:
        said = str(error).partition("): ")[2] or str(error)
        sentence = f"{where}{who}: {said.rstrip('.')}; {launch}."
    return Problem(kind, sentence, line, lines[line - 1] if line else None)


def of_report(report: Report, launch: str, text: str) -> list[Problem]:
    """The first hazard of each kind that xray has found."""
    found = [
        *(_bad(bad, "out_of_bounds", "which is out of bounds", launch) for bad in report.out_of_bounds[:1]),
        *(_divergent(met, launch) for met in report.divergent_barriers[:1]),
        *(_race(race, launch) for race in report.races[:1]),
        *(_bad(bad, "uninitialised", "which nobody has written", launch) for bad in report.uninitialised[:1]),
    ]
    return [at_line(kind, sentence, line, report.source) for kind, sentence, line in found]


def at_line(kind: str, sentence: str, line: int | None, source: Mapping[str, Sequence[str]]) -> Problem:
    """A problem, with the text of its line."""
    own = source.get("<source>", ())
    return Problem(kind, sentence, line, own[line - 1] if line and line <= len(own) else None)


def _bad(bad: BadAccess, kind: str, why: str, launch: str) -> tuple[str, str, int]:
    does = {"load": "reads", "store": "writes", "atomic": "adds to"}[bad.op]
    what = f"{bad.array}[{bad.offset}]" if bad.array else "memory far from any array"
    who = f"thread {_at(bad.thread)} of block {_at(bad.block)}"
    return kind, f"Line {bad.line} {does} {what}, {why}: {who}{_times(bad.count)}; {launch}.", bad.line


def _race(race: Race, launch: str) -> tuple[str, str, int]:
    (one, two), (here, there) = race.threads, race.blocks
    block = f"of block {_at(here)}" if here == there else f"of blocks {_at(here)} and {_at(there)}"
    lines = f"line {race.line}" if race.line == race.other_line else f"lines {race.line} and {race.other_line}"
    what = f"{race.array}[{race.offset}]" if race.array else "the same number"
    return (
        "race",
        f"A race for {what}, between {lines}: threads {_at(one)} and {_at(two)} {block} touch it in no order, and "
        f"at least one writes ({race.kind}); {launch}.",
        race.line,
    )


def _divergent(met: DivergentBarrier, launch: str) -> tuple[str, str, int]:
    one, two = met.threads
    return (
        "divergent_barrier",
        f"Line {met.lines[0]}: thread {_at(one)} of block {_at(met.block)} waits at this barrier while thread "
        f"{_at(two)} waits at line {met.lines[1]}; {launch}.",
        met.lines[0],
    )


def _at(three: Sequence[int]) -> str:
    """A thread or block: one number where the others are 0."""
    return str(three[0]) if not any(three[1:]) else f"({', '.join(map(str, three))})"


def _times(count: int) -> str:
    return "" if count == 1 else f", and {count - 1:,} {'time' if count == 2 else 'times'} more"
