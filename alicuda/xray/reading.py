"""Makes a Report of what xray's C++ part has counted."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterable
from dataclasses import replace
from math import prod
from typing import Any

import numpy as np

from alicuda.emulator import debug_info
from alicuda.emulator.abi import Problem
from alicuda.emulator.program import Kernel
from alicuda.kernel_source import Source
from alicuda.xray import native
from alicuda.xray.places import Place, Places
from alicuda.xray.report import BadAccess, DivergentBarrier, Line, Race, Report, Step, Worst

Three = tuple[int, int, int]
OPS = ("", "load", "store", "atomic")
WARP_FUNCTION, WARP_BARRIER, BARRIER = 3, 4, 5
_LINE = re.compile(r'^#line (\d+) "((?:[^"\\]|\\.)*)"')


def source_lines(source: Source) -> dict[str, list[str]]:
    """The lines of each file that a source is pasted together from, as its `#line`s tell."""
    files: dict[str, dict[int, str]] = {}
    name, number = "", 0
    for text in source.text.split("\n"):
        if match := _LINE.match(text):
            number, name = int(match[1]), match[2].replace("\\\\", "\\").replace('\\"', '"')
        elif name:
            files.setdefault(name, {})[number] = text
            number += 1
    return {name: [lines.get(i, "") for i in range(1, max(lines) + 1)] for name, lines in files.items()}


def read(observer: int, places: Places, kernel: Kernel, grid: Three, block: Three, chosen: list[int] | None) -> Report:
    """The report of a launch that has ended."""
    reader = _Reader(observer, places, kernel, grid, block)
    lines = reader.lines()
    steps, left_out = reader.steps()
    return Report(
        kernel.signature.kernel, grid, block, reader.source, lines, reader.totals(lines, chosen), reader.races(),
        reader.bad_accesses((Problem.OUT_OF_BOUNDS, Problem.BAD_INDEX)), reader.bad_accesses((Problem.UNWRITTEN,)),
        reader.divergent_barriers(), steps, left_out, places.shapes,
    )  # fmt: skip


class _Reader:
    def __init__(self, observer: int, places: Places, kernel: Kernel, grid: Three, block: Three) -> None:
        self.observer, self.places, self.grid, self.block = observer, places, grid, block
        self.library = kernel.program.library
        self.source = source_lines(kernel.program.source)

    def where(self, pc: int) -> tuple[str, int, int]:
        return debug_info.place_of(self.library, int(pc))

    def text(self, file: str, line: int) -> str:
        lines = self.source.get(file, [])
        return lines[line - 1].strip() if 0 < line <= len(lines) else ""

    def thread(self, number: int) -> Three:
        x, y, _ = self.block
        return number % x, number // x % y, number // (x * y)

    def in_grid(self, number: int) -> Three:
        x, y, _ = self.grid
        return number % x, number // x % y, number // (x * y)

    def lines(self) -> list[Line]:
        groups: dict[tuple[Any, ...], list[np.void]] = {}
        for rows in native.rows(self.observer, native.SITES):
            for row in rows:
                file, line, column = self.where(row["pc"])
                array = self.places.known[row["array"]].name if row["array"] >= 0 else None
                space = "shared" if row["shared"] else "global"
                key = (file, line, column, array, space, OPS[row["kind"]], 1 << int(row["log_size"]))
                groups.setdefault(key, []).append(row)
        return [self._line(key, groups[key]) for key in sorted(groups, key=lambda key: (*key[:3], key[5], str(key)))]

    def _line(self, key: tuple[Any, ...], rows: list[np.void]) -> Line:
        file, line, column, array, space, op, size = key
        names = ("requests", "lanes", "sectors", "ideal_sectors", "ways", "wavefronts", "ideal_wavefronts")
        sums = {name: sum(int(row[name]) for row in rows) for name in names}
        worst = max(rows, key=lambda row: (int(row["worst"]), -int(row["worst_block"])))
        ways = sums.pop("ways")
        return Line(
            file, line, column, self.text(file, line), array, space, op, size, bank_ways=ways,
            bank_ways_max=int(worst["worst"]) if space == "shared" else 0, worst=self._worst(worst), **sums,
        )  # fmt: skip

    def _worst(self, row: np.void) -> Worst:
        start = self.places.known[row["array"]].start if row["array"] >= 0 else 0
        mask = int(row["worst_mask"])
        at = [int(place) - start if mask >> lane & 1 else None for lane, place in enumerate(row["worst_places"])]
        return Worst(int(row["worst_block"]), at, int(row["worst"]))

    def counts(self) -> tuple[int, int, int]:
        """Threads that came to a barrier, blocks that ran, and steps of the traced warp that were not kept."""
        barriers, blocks, left_out = np.sum([*native.rows(self.observer, native.TOTALS), np.zeros(3, "u8")], axis=0)
        return int(barriers), int(blocks), int(left_out)

    def totals(self, lines: list[Line], chosen: list[int] | None) -> dict[str, Any]:
        def total(name: str, space: str, *ops: str) -> int:
            return sum(getattr(line, name) for line in lines if line.space == space and line.op in (ops or OPS))

        barriers, blocks, _ = self.counts()
        touched = native.rows(self.observer, native.TOUCHED)
        union = np.bitwise_or.reduce(touched) if touched else np.zeros(0, np.uint8)
        sectors = total("sectors", "global")
        requests = total("requests", "global")
        return {
            "blocks": prod(self.grid),
            "blocks_profiled": len(chosen) if chosen is not None else prod(self.grid),
            "threads_profiled": blocks * prod(self.block),
            "global_requests": requests,
            "global_sectors": sectors,
            "global_load_sectors": total("sectors", "global", "load"),
            "global_store_sectors": total("sectors", "global", "store"),
            "global_atomic_sectors": total("sectors", "global", "atomic"),
            "global_bytes": 32 * sectors,
            "global_bytes_touched": 32 * int(np.unpackbits(union).sum()),
            "sectors_per_request": sectors / requests if requests else None,
            "shared_requests": total("requests", "shared"),
            "shared_wavefronts": total("wavefronts", "shared"),
            "shared_load_wavefronts": total("wavefronts", "shared", "load"),
            "shared_store_wavefronts": total("wavefronts", "shared", "store"),
            "bank_ways_max": max((line.bank_ways_max for line in lines if line.space == "shared"), default=None),
            "barriers_per_thread": barriers / max(1, blocks * prod(self.block)),
        }  # fmt: skip

    def races(self) -> list[Race]:
        found: dict[tuple[Any, ...], Race] = {}
        for row in _all(native.rows(self.observer, native.RACES)):
            sides = [
                (*self.where(row[p])[:2], OPS[row[k]], self.thread(int(row[t])), self.in_grid(int(row[b])))
                for p, k, t, b in (
                    ("pc", "kind", "thread", "block"), ("other_pc", "other_kind", "other_thread", "other_block"),
                )
            ]  # fmt: skip
            sides.sort(key=lambda side: (side[1], side[2]))
            place = self.places.find(bool(row["shared"]), int(row["place"]))
            first, second = sides
            key = (*first[:3], *second[:3], place.array)
            new = Race(
                first[0], first[1], second[0], second[1], place.array, place.offset, (first[3], second[3]),
                (first[4], second[4]), _race_kind(first[2], second[2]), int(row["count"]),
            )  # fmt: skip
            if old := found.get(key):  # one stands for all, whichever worker ran it
                new = replace(min(old, new, key=_first), count=old.count + new.count)
            found[key] = new
        return [found[key] for key in sorted(found, key=str)]

    def _hazards(self, problems: Iterable[Problem]) -> list[np.void]:
        wanted = {int(problem) for problem in problems}
        return [row for row in _all(native.rows(self.observer, native.FOUND)) if int(row["problem"]) in wanted]

    def bad_accesses(self, problems: Iterable[Problem]) -> list[BadAccess]:
        found: dict[tuple[Any, ...], BadAccess] = {}
        for row in self._hazards(problems):
            if row["problem"] == Problem.BAD_INDEX:  # of an array of the thread's own
                file, line = _string(row["file"]), int(row["line"])
                space, place = "local", Place(None, int(row["place"]))
            else:
                file, line, _ = self.where(row["pc"])
                space = "shared" if row["shared"] else "global"
                place = self.places.find(bool(row["shared"]), int(row["place"]))
            key = (file, line, OPS[row["kind"]] or "access", space, place.array)
            thread, block = _three(row["thread"]), _three(row["block"])
            new = BadAccess(
                file, line, key[2], space, place.array, place.offset, place.size, thread, block, int(row["count"])
            )
            if old := found.get(key):
                first = min(old, new, key=lambda bad: (bad.block[::-1], bad.thread[::-1]))
                new = replace(first, count=old.count + new.count)
            found[key] = new
        return [found[key] for key in sorted(found, key=str)]

    def divergent_barriers(self) -> list[DivergentBarrier]:
        found: dict[tuple[Any, ...], DivergentBarrier] = {}
        for row in self._hazards((Problem.DIVERGENT_BARRIER,)):
            (file, line, one), (other_file, other_line, two) = sorted([
                (_string(row["file"]), int(row["line"]), _three(row["thread"])),
                (_string(row["other_file"]), int(row["other_line"]), _three(row["other_thread"])),
            ])  # fmt: skip
            key = (file, line, other_file, other_line)
            block, count = _three(row["block"]), int(row["count"])
            new = DivergentBarrier(file, other_file, (line, other_line), (one, two), block, count)
            if old := found.get(key):
                new = replace(min(old, new, key=lambda met: met.block[::-1]), count=old.count + new.count)
            found[key] = new
        return [found[key] for key in sorted(found)]

    def steps(self) -> tuple[list[Step], int]:
        return [self._step(row) for row in _all(native.rows(self.observer, native.STEPS))], self.counts()[2]

    def _step(self, row: np.void) -> Step:
        file, line, _ = self.where(row["pc"])
        kind, mask, shared = int(row["kind"]), int(row["mask"]), bool(row["shared"])
        if kind == 0:
            control = int(row["log_size"])
            what = {BARRIER: "barrier", WARP_FUNCTION: "warp", WARP_BARRIER: "warp"}.get(control, "")
            return Step(file, line, what, mask, None, [None] * 32)
        found = [
            self.places.find(shared, int(place)) if mask >> lane & 1 else None
            for lane, place in enumerate(row["places"])
        ]
        array = next((place.array for place in found if place), None)
        return Step(file, line, OPS[kind], mask, array, [place.offset if place else None for place in found])


def _all(workers: list[np.ndarray]) -> Iterable[np.void]:
    return (row for rows in workers for row in rows)


def _three(numbers: np.ndarray) -> Three:
    x, y, z = (int(number) for number in numbers)
    return x, y, z


def _string(address: int) -> str:
    return ctypes.string_at(int(address)).decode(errors="replace") if address else ""


def _first(race: Race) -> tuple[Any, ...]:
    return sorted(block[::-1] for block in race.blocks), race.offset, race.threads


def _race_kind(one: str, other: str) -> str:
    if "atomic" in (one, other):
        return "atomic-write" if "store" in (one, other) else "atomic-read"
    return "write-write" if one == other else "read-write"
