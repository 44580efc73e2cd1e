"""Pictures of a report: one warp's addresses at the worst line, or a traced warp's steps.

The first shows the 32 lanes as a row, and below them the sectors of global memory, or the banks of shared memory, in
which their numbers lie: neighbours fall straight down, a stride fans out.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alicuda import files
from alicuda.xray.report import Line, Report
from alicuda.xray.trace_text import cut, does, place, shown_steps, source_of

WIDTH_IN, DPI = 10, 100
SECTOR, WORD, BANKS, LANES = 32, 4, 32, 32
UNUSED, EDGE = "#e4e4e4", "#808080"
# Colours that people with any eyes tell apart (Okabe and Ito 2008).
COLOURS = {
    "load": "#0072b2", "store": "#d55e00", "atomic": "#cc79a7", "barrier": "#000000", "warp": "#009e73", "": "#c8c8c8",
}  # fmt: skip
NAMES = {"warp": "warp function", "": "other code"}


def save(report: Report, path: Path, trace: tuple[int, int] | None = None) -> None:
    """Write the picture as a PNG: of the worst line, or of the steps of the traced block and warp."""
    figure = draw(report, trace)
    files.make_directory(path.parent)
    files.write_whole(path, lambda temporary: figure.savefig(temporary, format="png", dpi=DPI))


def draw(report: Report, trace: tuple[int, int] | None = None) -> Any:
    """The picture as a figure of matplotlib."""
    return _steps(report, *trace) if trace else _worst(report)


def worst_line(report: Report) -> Line | None:
    """The line marked X, that of the wasteful ones wastes most; of equals the one with the dearest request. None: the
    kernel touches no memory."""

    def rank(line: Line) -> tuple[bool, int, int, int]:
        return line.wasteful, line.wasted, line.worst.cost, line.requests

    return max(report.lines, key=rank, default=None)


def _figure(height: float, title: str) -> tuple[Any, Any]:
    from matplotlib.figure import Figure  # here, not above: it is slow to import

    figure = Figure(figsize=(WIDTH_IN, height), layout="constrained")
    axes = figure.subplots()
    axes.set_title(title, fontsize=11, loc="left")
    return figure, axes


def _worst(report: Report) -> Any:
    line = worst_line(report)
    if line is None:
        figure, axes = _figure(2, f"{report.kernel} touches no memory")
        axes.axis("off")
        return figure
    if line.space == "global":
        return _sectors(report, line)
    return _banks(report, line)


def _heading(report: Report, line: Line, cost: str) -> str:
    where = f"{report.kernel}, {Path(line.file).name}:{line.line}, block {line.worst.block:,}: "
    what = f"one warp's {line.op} of {line.array or 'no array'}, {line.bytes} bytes a lane"
    return f"{where}{what}\n{cut(line.source, 90)}\n{cost}".replace("$", r"\$")


def _lane_colour(lane: int) -> Any:
    import matplotlib

    return matplotlib.colormaps["viridis"](lane / (LANES - 1))


def _box(axes: Any, left: float, bottom: float, width: float, height: float, colour: Any, line: float = 0.5) -> None:
    from matplotlib.patches import Rectangle

    axes.add_patch(Rectangle((left, bottom), width, height, facecolor=colour, edgecolor=EDGE, linewidth=line))


def _lanes(axes: Any, active: set[int], width: float, bottom: float, height: float) -> list[float]:
    """The row of lanes, `width` wide; returns the middle of each."""
    each = width / LANES
    for lane in range(LANES):
        on = lane in active
        _box(axes, lane * each, bottom, each, height, _lane_colour(lane) if on else "white")
        dark = "white" if on and lane < 22 else "black" if on else EDGE
        axes.text((lane + 0.5) * each, bottom + height / 2, str(lane), ha="center", va="center", fontsize=8, color=dark)
    axes.text(0, bottom + height * 1.15, "lanes (white: not active)", fontsize=9, va="bottom")
    return [(lane + 0.5) * each for lane in range(LANES)]


def _sectors(report: Report, line: Line) -> Any:
    """Lanes above, below them each sector that is moved, with the bytes that a lane wants in its colour."""
    wanted = {lane: first for lane, first in enumerate(line.worst.bytes) if first is not None}
    numbers = sorted({(first + i) // SECTOR for first in wanted.values() for i in (0, line.bytes - 1)})
    used = len({first + i for first in wanted.values() for i in range(line.bytes)})
    cost = (
        f"{len(numbers)} {'sector' if len(numbers) == 1 else 'sectors'} of 32 bytes move for it; "
        f"{used} of {SECTOR * len(numbers):,} bytes are wanted ({used / SECTOR / len(numbers):.0%})"
    )
    figure, axes = _figure(4.4, _heading(report, line, cost))
    lefts, x = {}, 0.0
    for before, number in zip([None, *numbers], numbers, strict=False):
        x += 0 if before is None else 0.06 if number == before + 1 else 0.35  # what lies apart is drawn apart
        lefts[number] = x
        x += 1
    scale = 1 / x
    middles = _lanes(axes, set(wanted), 1, 0.8, 0.12)
    turned = 90 if max(numbers) >= 1000 or len(numbers) > 24 else 0  # degrees
    for number in numbers:
        _box(axes, lefts[number] * scale, 0.1, scale, 0.14, UNUSED)
        axes.text(
            (lefts[number] + 0.5) * scale, 0.08, f"{number:,}", ha="center", va="top", fontsize=8, rotation=turned
        )
    for lane, first in wanted.items():
        number, colour = first // SECTOR, _lane_colour(lane)
        for begin in range(first, first + line.bytes, WORD):  # an access may lie in two sectors
            piece = min(WORD, first + line.bytes - begin)
            at = lefts[begin // SECTOR] + begin % SECTOR / SECTOR
            _box(axes, at * scale, 0.1, piece / SECTOR * scale, 0.14, colour, 0.2)
        middle = (lefts[number] + (first % SECTOR + min(line.bytes, SECTOR) / 2) / SECTOR) * scale
        axes.plot([middles[lane], middle], [0.8, 0.24], color=colour, linewidth=0.9)
    below = -0.06 if turned else 0.02
    axes.text(0, below, f"sectors moved, counted from the beginning of {line.array or 'memory'} (grey: bytes that no "
              "lane wants; a gap: sectors between, not moved)", fontsize=9, va="top")  # fmt: skip
    axes.set(xlim=(-0.01, 1.01), ylim=(below - 0.08, 1.02))
    axes.axis("off")
    return figure


def _banks(report: Report, line: Line) -> Any:
    """Lanes above, below them the 32 banks, each with the words that it must give one after another."""
    wanted = together(line)
    words = {lane: range(first // WORD, (first + line.bytes - 1) // WORD + 1) for lane, first in wanted.items()}
    stacks: dict[int, list[int]] = {bank: [] for bank in range(BANKS)}
    for word in sorted({word for span in words.values() for word in span}):
        stacks[word % BANKS].append(word)
    ways = max(map(len, stacks.values()))
    group = LANES if line.bytes <= WORD else LANES * WORD // line.bytes
    of = "" if group == LANES else f" of the {group} lanes that are served together"
    turns = "1 turn: no two lanes want different words of one bank"
    cost = turns if ways == 1 else f"{ways} turns{of}: {ways} different words lie in one bank, which gives one a turn"
    height = min(0.1, 1.2 / ways)
    depth = max(0.2, height * ways)
    figure, axes = _figure(3.6 + 2 * depth, _heading(report, line, cost))
    middles = _lanes(axes, set(wanted), 1, 0.7, 0.12)
    each = 1 / BANKS
    owners = {word: lane for lane, span in reversed(words.items()) for word in span}
    for bank, stack in stacks.items():
        _box(axes, bank * each, -depth, each, depth, UNUSED)
        axes.text((bank + 0.5) * each, -depth - 0.02, str(bank), ha="center", va="top", fontsize=8)
        for turn, word in enumerate(stack):
            _box(axes, bank * each, -(turn + 1) * height, each, height, _lane_colour(owners[word]), 0.2)
    for lane, span in words.items():
        for word in span:
            bank = word % BANKS
            end = -(stacks[bank].index(word) + 0.5) * height
            axes.plot([middles[lane], (bank + 0.5) * each], [0.7, end], color=_lane_colour(lane), linewidth=0.9)
    axes.text(0, -depth - 0.1, f"banks of shared memory; in each, from above, the words of {line.array or 'memory'} "
              "that it gives, one a turn", fontsize=9, va="top")  # fmt: skip
    axes.set(xlim=(-0.01, 1.01), ylim=(-depth - 0.2, 0.95))
    axes.axis("off")
    return figure


def together(line: Line) -> dict[int, int]:
    """The active lanes, and where their accesses begin, of the dearest part of a warp that is served at once: of 8-byte
    accesses it is a half, of 16-byte accesses a quarter."""
    wanted = {lane: first for lane, first in enumerate(line.worst.bytes) if first is not None}
    size = LANES * WORD // max(line.bytes, WORD)
    parts = [{lane: at for lane, at in wanted.items() if lane // size == part} for part in range(LANES // size)]

    def ways(part: dict[int, int]) -> int:
        words = {first // WORD + i for first in part.values() for i in range(-(-line.bytes // WORD))}
        return max((sum(word % BANKS == bank for word in words) for bank in range(BANKS)), default=0)

    return max(parts, key=ways)


def _steps(report: Report, block: int, warp: int) -> Any:
    """Steps downwards, lanes to the right: who does what, and who waits."""
    from matplotlib.patches import Patch

    numbered, left_out = shown_steps(report)
    steps = [step for _, step in numbered]
    title = f"{report.kernel}: block {block}, warp {warp}, step by step"
    title += f" (the {left_out:,} after these are left out)" if left_out else ""
    title += "\na row a step, from above: its line, what it does, and the line's text"
    figure, axes = _figure(1.8 + 0.18 * len(steps), title)
    for row, step in enumerate(steps):
        for lane in range(LANES):
            if step.lanes >> lane & 1:
                axes.add_patch(_cell(lane, row, COLOURS[step.what]))
    axes.set(xlim=(-0.5, LANES - 0.5), ylim=(max(1, len(steps)) - 0.5, -0.5))
    axes.set_xlabel("lane of the warp (white: not active)")
    axes.set_xticks(range(0, LANES, 4))
    labels = [f"{place(step, report)}  {cut(does(step), 34)}".replace("$", r"\$") for step in steps]
    axes.set_yticks(range(len(steps)), labels, fontsize=8, family="monospace")
    right = axes.secondary_yaxis("right")
    sources = [cut(source_of(step, report), 44).replace("$", r"\$") for step in steps]
    right.set_yticks(range(len(steps)), sources, fontsize=7, family="monospace")
    seen = [what for what in COLOURS if any(step.what == what for step in steps)]
    figure.legend(
        handles=[Patch(color=COLOURS[what], label=NAMES.get(what, what)) for what in seen], loc="outside lower center",
        ncols=6, fontsize=9,
    )  # fmt: skip
    return figure


def _cell(lane: int, row: int, colour: str) -> Any:
    from matplotlib.patches import Rectangle

    return Rectangle((lane - 0.5, row - 0.5), 1, 1, facecolor=colour, edgecolor="white", linewidth=0.5)
