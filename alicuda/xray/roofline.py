"""The roofline: how fast a kernel can be on a card, from its FLOPs and the bytes it moves.

A kernel needs at least bytes / bandwidth for its memory and FLOPs / peak for its arithmetic; the longer of the two sets
the pace. Which one that is, its arithmetic intensity tells: FLOPs per byte, to the left or right of the card's ridge.
The bytes are those that requests ask for; where a cache answers some, a memory-bound kernel may be faster than this.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from alicuda.xray.cards import Card


@dataclass(frozen=True)
class Verdict:
    """What bounds a kernel on a card. None: unknown, as the FLOPs are, or without meaning."""

    card: str
    intensity: float | None  # FLOPs per byte; None where no byte is moved, too
    ridge: float  # the card's
    bound: Literal["memory", "compute"] | None
    attainable_gflops: float | None
    sentence: str


def verdict(flops: int | None, bytes: int, card: Card) -> Verdict:
    """The verdict on a kernel that does so many FLOPs (None: nobody knows) and moves so many bytes of global memory."""
    ridge = card.ridge
    if flops is None:
        sentence = "FLOPs unknown, so no verdict: the kernel has a hazard, or does not run with numbers that count."
        return Verdict(card.name, None, ridge, None, None, sentence)
    if bytes == 0:
        if flops == 0:
            return Verdict(card.name, None, ridge, None, None, "No FLOPs and no bytes: nothing to bound.")
        sentence = f"No global memory is touched: compute-bound, at most {card.gflops:,.0f} GFLOP/s on {card.name}."
        return Verdict(card.name, None, ridge, "compute", card.gflops, sentence)
    if flops == 0:
        sentence = f"No FLOPs: memory-bound, at most {card.gbytes:,.0f} GB/s on {card.name} unless a cache helps."
        return Verdict(card.name, 0.0, ridge, "memory", 0.0, sentence)
    intensity = flops / bytes
    attainable = min(card.gflops, intensity * card.gbytes)
    bound: Literal["memory", "compute"] = "memory" if intensity < ridge else "compute"
    side = f"below the {ridge:.1f}" if bound == "memory" else f"not below the {ridge:.1f}"
    share = f"{_rounded(100 * attainable / card.gflops)} % of its {card.gflops:,.0f}"
    reached = f"at most {_rounded(attainable)} GFLOP/s unless a cache helps, {share}"
    if bound == "compute":
        reached = f"at most its {card.gflops:,.0f} GFLOP/s"
    sentence = (
        f"{_rounded(intensity)} FLOPs per byte, {side} at which memory and arithmetic of {card.name} balance: "
        f"{bound}-bound, {reached}."
    )
    return Verdict(card.name, intensity, ridge, bound, attainable, sentence)


def _rounded(number: float) -> str:
    """Three digits: 0.167, 12.3, 1,230."""
    return f"{number:,.0f}" if number >= 100 else f"{number:.3g}"
