"""Which array a place is in: the other direction of what an event tells (`emulator/cpp/observer.h`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from alicuda.emulator.debug_info import Variable
from alicuda.emulator.memory import GAP, Arena
from alicuda.xray.native import Array


@dataclass(frozen=True)
class Place:
    """An element of an array. No array: an address that is far from all of them."""

    array: str | None
    offset: int  # in elements, which of a `float4*` are float4
    size: int | None = None  # elements of the array


@dataclass(frozen=True)
class Known:
    """An array that a kernel can touch."""

    name: str
    start: int  # as events count
    bytes: int
    element: int  # bytes of one
    shared: bool
    constant: bool  # nobody writes to it in this launch


class Places:
    """The arrays of one launch: its arguments, the source's variables, its shared arrays."""

    def __init__(
        self, arena: Arena, lanes: Mapping[str, int], variables: Sequence[Variable], data: int,
        shared: Sequence[Variable],
    ) -> None:  # fmt: skip
        known = []
        for placed in arena.placed:
            start, size = placed.address - arena.start, placed.array.nbytes
            written = any(
                not other.read_only and other.address - arena.start < start + size
                and start < other.address - arena.start + other.array.nbytes
                for other in arena.placed
            )  # fmt: skip
            element = placed.array.itemsize * lanes.get(placed.name, 1)
            known.append(Known(placed.name, start, size, element, False, not written))
        for variable in variables:
            start = len(arena.memory) + variable.offset - data
            known.append(Known(variable.name, start, variable.size, variable.element, False, False))
        for array in shared:
            known.append(Known(array.name, array.offset, array.size, array.element, True, False))
        self.known = known
        self.shapes = {array.name: array.shape for array in (*variables, *shared) if len(array.shape) > 1}

    def for_cpp(self) -> list[Array]:
        return [Array(k.start, k.bytes, int(k.shared), int(k.constant)) for k in self.known]

    def find(self, shared: bool, place: int) -> Place:
        """The element at a place, or beside the nearest array, before its beginning or behind its end."""

        def distance(k: Known) -> int:
            return max(k.start - place, place - (k.start + k.bytes - 1), 0)

        nearest = min((k for k in self.known if k.shared == shared), key=distance, default=None)
        if nearest is None or distance(nearest) > GAP:
            return Place(None, 0)
        return Place(nearest.name, (place - nearest.start) // nearest.element, nearest.bytes // nearest.element)
