"""What xray reports of one launch."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from alicuda.emulator.debug_info import indexed

GOOD = 0.9  # efficiency that needs no mark


@dataclass(frozen=True)
class Worst:
    """The dearest request of a line: one warp's, lane by lane."""

    block: int
    bytes: list[int | None]  # where each lane's access begins, from the array's start; None: not active
    cost: int  # sectors, or ways


@dataclass(frozen=True)
class Line:
    """All accesses of one kind at one place of the source to one array. Sums are over the launch."""

    file: str
    line: int
    column: int
    source: str
    array: str | None  # None: an address in no array that is known
    space: str  # "global" or "shared"
    op: str  # "load", "store" or "atomic"
    bytes: int  # of one lane's access
    requests: int  # one a warp and step
    lanes: int  # active ones, over all requests
    sectors: int  # of 32 bytes; global memory only
    ideal_sectors: int  # the fewest that the same bytes could lie in
    bank_ways: int  # turns of the dearest part of each request; shared memory only
    bank_ways_max: int
    wavefronts: int  # turns of all parts: 8-byte accesses are served by half warps, 16-byte ones by quarters
    ideal_wavefronts: int
    worst: Worst

    @property
    def sectors_per_request(self) -> float:
        return self.sectors / self.requests

    @property
    def ideal_sectors_per_request(self) -> float:
        return self.ideal_sectors / self.requests

    @property
    def bank_ways_mean(self) -> float:
        return self.bank_ways / self.requests

    @property
    def efficiency(self) -> float:
        """The share of the moved sectors, or of the turns, that the same accesses would need at best."""
        best, actual = (
            (self.ideal_sectors, self.sectors) if self.space == "global" else (self.ideal_wavefronts, self.wavefronts)
        )
        return best / actual

    @property
    def wasteful(self) -> bool:
        return self.efficiency < GOOD

    @property
    def wasted(self) -> int:
        """Sectors or turns beyond what is needed: by it lines are ranked."""
        return self.sectors - self.ideal_sectors + self.wavefronts - self.ideal_wavefronts


@dataclass(frozen=True)
class Race:
    """Two threads at the same place, one of them writing, in no order. `count`: how many such pairs of accesses were
    met, at least: of all that came to a place, only a few are remembered."""

    file: str
    line: int
    other_file: str
    other_line: int
    array: str | None
    offset: int  # in elements
    threads: tuple[tuple[int, int, int], tuple[int, int, int]]
    blocks: tuple[tuple[int, int, int], tuple[int, int, int]]
    kind: str  # "write-write", "read-write", "atomic-write", "atomic-read"
    count: int


@dataclass(frozen=True)
class BadAccess:
    """An access out of bounds, or to memory that nobody wrote. `count`: how often that line did it."""

    file: str
    line: int
    op: str  # "load", "store", "atomic", or "access" of an array of the thread's own
    space: str  # "global", "shared", or "local": of the thread's own
    array: str | None
    offset: int  # in elements; of an array of the thread's own its index
    size: int | None  # elements of the array, where it is known
    thread: tuple[int, int, int]
    block: tuple[int, int, int]
    count: int


@dataclass(frozen=True)
class DivergentBarrier:
    """Two threads of a block that waited at different barriers."""

    file: str
    other_file: str  # of the second line: a barrier may be in a header
    lines: tuple[int, int]
    threads: tuple[tuple[int, int, int], tuple[int, int, int]]
    block: tuple[int, int, int]
    count: int


@dataclass(frozen=True)
class Step:
    """What some lanes of a traced warp did together."""

    file: str
    line: int
    what: str  # "load", "store", "atomic", "barrier", "warp" (a function of the warp) or "" (went on)
    lanes: int  # mask
    array: str | None
    offsets: list[int | None]  # of each lane, in elements


@dataclass(frozen=True)
class Report:
    """What a kernel did to memory in one launch. `as_json.as_json` is its stable form; docs/xray.md tells it."""

    kernel: str
    grid: tuple[int, int, int]
    block: tuple[int, int, int]
    source: dict[str, list[str]]  # the lines of each file of the source
    lines: list[Line]
    totals: dict[str, Any]
    races: list[Race]
    out_of_bounds: list[BadAccess]
    uninitialised: list[BadAccess]
    divergent_barriers: list[DivergentBarrier]
    trace: list[Step] = field(default_factory=list)
    steps_left_out: int = 0
    shapes: dict[str, tuple[int, ...]] = field(default_factory=dict)  # of the source's arrays of several dimensions

    def element(self, array: str, offset: int) -> str:
        """An element as the source would name it: `tile[3][7]`."""
        return indexed(array, self.shapes.get(array, ()), offset)

    @property
    def hazards(self) -> int:
        """How many are reported: races, bad accesses and divergent barriers."""
        bad = len(self.out_of_bounds) + len(self.uninitialised)
        return len(self.races) + bad + len(self.divergent_barriers)
