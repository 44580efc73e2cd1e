"""Page 09."""

from __future__ import annotations

from book import show

from drawings.sheet import canvas


def chain_and_table() -> None:
    """A generator with a state, where each number waits for the one before; and a function of a counter."""
    figure, axes = canvas(6.8, 3.9, (-1.9, 9.6), (-3.6, 4.0))
    box = {"boxstyle": "round,pad=0.35", "facecolor": "white"}
    arrow = {"arrowstyle": "->", "linewidth": 1.5, "shrinkA": 0, "shrinkB": 0}
    blue, red = {**arrow, "color": "tab:blue"}, {**arrow, "color": "tab:red"}

    axes.text(-1.8, 3.5, "with a state", fontsize=11, style="italic")
    for place in range(4):
        at = 2.4 * place
        axes.text(at, 2.4, f"state {place}", ha="center", va="center", fontsize=10, bbox=box)
        axes.annotate("", xy=(at, 1.15), xytext=(at, 1.95), arrowprops=blue)
        axes.text(at, 0.8, f"number {place}", ha="center", va="center", fontsize=10, color="tab:blue")
        if place < 3:
            axes.annotate("", xy=(at + 1.6, 2.4), xytext=(at + 0.8, 2.4), arrowprops=red)
    axes.annotate("", xy=(8.9, 2.4), xytext=(8.0, 2.4), arrowprops=red)

    axes.text(-1.8, -0.35, "counter-based", fontsize=11, style="italic")
    for place in range(4):
        at = 2.4 * place
        axes.text(at, -1.3, f"{place}", ha="center", va="center", fontsize=10)
        axes.annotate("", xy=(at, -2.95), xytext=(at, -1.6), arrowprops=blue)
        axes.text(at + 0.15, -2.2, "f", fontsize=11, color="tab:blue", style="italic")
        axes.text(at, -3.3, f"number {place}", ha="center", va="center", fontsize=10, color="tab:blue")
    axes.text(-1.8, -1.3, "counter", va="center", fontsize=10)
    show(
        figure,
        "Above, a chain: each state is made from the one before, and gives one number. Below, four counters 0 to 3, "
        "each turned into its number by the function f, with no arrow between them.",
    )
