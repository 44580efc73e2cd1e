"""A report for the terminal: the kernel's source, below each line what its accesses cost, then totals and hazards."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Sequence
from math import prod

from alicuda.xray.report import GOOD, BadAccess, DivergentBarrier, Line, Race, Report
from alicuda.xray.trace_text import WIDTH, cut

CONTEXT = 2  # lines of source shown around an access
SHORT = 60  # lines of a function that is shown whole
RED, YELLOW, PLAIN = "\033[31m", "\033[33m", "\033[0m"
_BEGINS = re.compile(r"[A-Za-z_].*\(")


def as_text(report: Report, colour: bool = False) -> str:
    """The whole report; with `colour` the worst accesses are red and other wasteful ones yellow."""
    parts = [_launch(report)]
    parts += [_annotated(report, file, colour) for file in _files(report)]
    parts += ["\n".join(textwrap.fill(sentence, WIDTH, break_on_hyphens=False) for sentence in _totals(report))]
    parts += ["\n".join(hazard_lines(report))]
    return "\n\n".join(parts)


def _launch(report: Report) -> str:
    totals = report.totals
    size = f"{report.kernel}: grid {_by(report.grid)}, block {_by(report.block)}"
    threads = prod(report.grid) * prod(report.block)
    if (some := totals["blocks_profiled"]) != totals["blocks"]:
        return f"{size}. {some:,} of {totals['blocks']:,} blocks were run; all figures are of these."
    return f"{size}; {threads:,} {_plural(threads, 'thread')}."


def _by(size: Sequence[int]) -> str:
    """A size without the ones at its end."""
    x, y, z = size
    return " x ".join(map(str, [x, y, z] if z > 1 else [x, y] if y > 1 else [x]))


def _files(report: Report) -> list[str]:
    """The kernel's own file, and those with accesses."""
    touched = {line.file for line in report.lines}
    own = [file for file, source in report.source.items() if kernel_line(source, report.kernel)]
    return [*own[:1], *(file for file in report.source if file in touched and file not in own[:1])]


def kernel_line(source: Sequence[str], kernel: str) -> int | None:
    """The line on which a kernel begins, its name or what stands before it; None: it is not in this file."""
    for number, line in enumerate(source, 1):
        here = re.search(rf"\b{kernel}\s*\(", line)
        if here and "//" not in line[: here.start()] and "__global__" in " ".join(source[max(0, number - 3) : number]):
            return number
    return None


def _annotated(report: Report, file: str, colour: bool) -> str:
    source = report.source[file]
    of_line: dict[int, list[Line]] = {}
    for line in report.lines:
        if line.file == file:
            of_line.setdefault(line.line, []).append(line)
    digits = len(str(len(source)))
    shown = [file]
    before = 0
    table = _columns(report.lines)
    for number in shown_lines(source, {*of_line, *filter(None, [kernel_line(source, report.kernel)])}):
        if before and number != before + 1:
            shown.append(f"{'...':>{digits}}")
        before = number
        shown.append(cut(f"{number:>{digits}} | {source[number - 1].expandtabs(4)}", WIDTH).rstrip())
        for line in of_line.get(number, []):
            row = cut(f"{'':{digits}} {_mark(line, report.lines)} {table[id(line)]}", WIDTH)
            shown.append(_coloured(row, line, report.lines) if colour else row)
    return "\n".join(shown)


def shown_lines(source: Sequence[str], of_interest: Iterable[int]) -> list[int]:
    """The numbers of the lines to print: each function of interest, as a whole if it is short."""
    wanted: set[int] = set()
    for number in of_interest:
        first = next((i for i in range(number, 0, -1) if _BEGINS.match(source[i - 1])), number)
        last = next((i for i in range(number, len(source) + 1) if source[i - 1].startswith("}")), number)
        while first > 1 and _BEGINS.match(source[first - 2]):  # __launch_bounds__(...) on a line of its own
            first -= 1
        if last - first < SHORT:
            wanted.update(range(first, last + 1))
        else:
            wanted.update((first, *range(max(first, number - CONTEXT), min(last, number + CONTEXT) + 1)))
    return sorted(wanted)


def _columns(lines: Sequence[Line]) -> dict[int, str]:
    """A row for each access, its columns below each other in the whole report; by the id of the line."""
    rows = {id(line): _row(line) for line in lines}
    widths = [max((len(row[column]) for row in rows.values()), default=0) for column in range(3)]
    widths[0] = min(widths[0], 26)
    return {
        key: f"{cut(row[0], widths[0]):<{widths[0]}}  {row[1]:>{widths[1]}}  {row[2]:>{widths[2]}}  "
        f"{row[3]}"
        for key, row in rows.items()
    }  # fmt: skip


def _row(line: Line) -> tuple[str, str, str, str]:
    array = line.array or "no array"
    lanes = f"{line.lanes / line.requests:.3g} lanes"
    if line.space == "global":
        each = line.sectors_per_request
        sectors = _plural(each, "sector")
        cost = f"{each:.4g} {sectors} a request (at best {line.ideal_sectors_per_request:.4g})"
    elif line.bank_ways_max == 1:
        cost = "no bank conflict"
    else:
        cost = f"{line.bank_ways_mean:.3g}-way bank conflict (worst {line.bank_ways_max})"
    return f"{line.op} {array}, {line.bytes} B", f"{line.requests:,} {_plural(line.requests, 'request')}", lanes, cost


def _mark(line: Line, lines: Sequence[Line]) -> str:
    """Where there is no colour: `!` for what is wasteful, `X` for what of that wastes most."""
    if not line.wasteful:
        return "|"
    return "X" if line.wasted == max(other.wasted for other in lines if other.wasteful) else "!"


def _coloured(row: str, line: Line, lines: Sequence[Line]) -> str:
    mark = _mark(line, lines)
    return row if mark == "|" else f"{RED if mark == 'X' else YELLOW}{row}{PLAIN}"


def _totals(report: Report) -> Iterable[str]:
    t = report.totals
    if t["global_requests"]:
        yield (
            f"Global memory: {t['global_bytes']:,} bytes moved, {t['sectors_per_request']:.3g} "
            f"{_plural(t['sectors_per_request'], 'sector')} a request; "
            f"{t['global_bytes_touched']:,} bytes lie in the sectors touched."
        )
    else:
        yield "Global memory: no access."
    if t["shared_requests"]:
        yield (
            f"Shared memory: {t['shared_wavefronts']:,} wavefronts for {t['shared_requests']:,} requests; "
            + ("no conflict." if t["bank_ways_max"] == 1 else f"the worst conflict is {t['bank_ways_max']}-way.")
        )  # fmt: skip
    yield f"Barriers: {t['barriers_per_thread']:.3g} a thread."
    if "roofline" in t:  # a card was given
        yield f"Arithmetic: {_flops(t['flops'], t['intensity'])}."
        yield f"Roofline: {t['roofline']['sentence']}"
    if any(line.wasteful for line in report.lines):
        yield f"Marked: below {GOOD:.0%} of the best (!), and the most wasteful (X)."


def _flops(flops: int | None, intensity: float | None) -> str:
    if flops is None:
        return "FLOPs unknown"
    return f"{flops:,} FLOPs" + ("" if intensity is None else f", {intensity:.3g} for each byte moved")


def hazard_lines(report: Report) -> list[str]:
    """One line for each hazard."""
    told = [_race(race, report) for race in report.races]
    told += [_bad(bad, _outside(bad), report) for bad in report.out_of_bounds]
    told += [_bad(bad, "which nobody has written", report) for bad in report.uninitialised]
    told += [_divergent(met) for met in report.divergent_barriers]
    if not told:
        return ["Hazards: none found."]
    return [f"Hazards: {len(told)}.", *told, *_reserve(report)]


def _reserve(report: Report) -> list[str]:
    """A race between blocks may be none in a kernel whose last block reads what the others have left behind a fence."""
    between_blocks = any(here != there for here, there in (race.blocks for race in report.races))
    if not between_blocks or not any("__threadfence" in line for lines in report.source.values() for line in lines):
        return []
    return ["xray sees no order between blocks, not even that of a __threadfence() and an atomic: it may be no race."]


def _race(race: Race, report: Report) -> str:
    other = f"{race.other_line}" if race.other_file == race.file else f"{race.other_file}:{race.other_line}"
    lines = "itself" if (race.other_file, race.other_line) == (race.file, race.line) else f"line {other}"
    (one, two), (here, there) = race.threads, race.blocks
    if here == there:
        who = f"threads {_at(one)} and {_at(two)} of block {_at(here)}"
    else:
        who = f"thread {_at(one)} of block {_at(here)} and thread {_at(two)} of block {_at(there)}"
    return (
        f"{race.file}:{race.line}: {race.kind} race with {lines} on {_element(report, race.array, race.offset)}: "
        f"{who}{_times(race.count)}"
    )


def _bad(bad: BadAccess, why: str, report: Report) -> str:
    who = f"thread {_at(bad.thread)} of block {_at(bad.block)}"
    what = f"{bad.op} of {_element(report, bad.array, bad.offset)}, {why}"
    if bad.space == "local":
        what = f"index {bad.offset} outside of an array of the thread's own"
    elif not bad.array:
        what = f"{bad.op} far from any array (did an unsigned index go below 0?)"
    return f"{bad.file}:{bad.line}: {what}: {who}{_times(bad.count)}"


def _outside(bad: BadAccess) -> str:
    if bad.size != 0:
        return "outside of it"
    if bad.space == "shared":  # no other array of shared memory can be empty
        return "extern __shared__, to which this launch gives no bytes (--shared BYTES, in Python shared=BYTES)"
    return "an array without elements"


def _divergent(met: DivergentBarrier) -> str:
    one, two = met.threads
    there = f"line {met.lines[1]}" if met.other_file == met.file else f"{met.other_file}:{met.lines[1]}"
    return (
        f"{met.file}:{met.lines[0]}: divergent barrier: thread {_at(one)} of block {_at(met.block)} waits here while "
        f"thread {_at(two)} waits at {there}{_times(met.count)}"
    )


def _element(report: Report, array: str | None, offset: int) -> str:
    return report.element(array, offset) if array else "memory in no array that is known"


def _at(three: tuple[int, int, int]) -> str:
    return f"({','.join(map(str, three))})"


def _times(count: int) -> str:
    return "; once" if count == 1 else f"; {count:,} times"


def _plural(count: float, word: str) -> str:
    return word if count == 1 else f"{word}s"
