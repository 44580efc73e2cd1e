"""Neighbouring axes put together: what is summed or repeated along five axes is mostly one run of them."""

from __future__ import annotations

from collections.abc import Sequence


def runs(shape: Sequence[int], axes: Sequence[int]) -> list[tuple[int, bool]]:
    """The shape with neighbouring axes of a kind put together: (size, are they among `axes`), in turn."""
    found: list[tuple[int, bool]] = []
    for axis, n in enumerate(shape):
        among = axis in axes
        if found and found[-1][1] == among:
            found[-1] = (found[-1][0] * n, among)
        elif n != 1:
            found.append((n, among))
    return found
