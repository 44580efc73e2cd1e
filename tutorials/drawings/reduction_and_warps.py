"""Page 04."""

from __future__ import annotations

from book import show
from matplotlib.patches import Rectangle

from drawings.sheet import canvas

NUMBERS = [3, 1, 4, 1, 5, 9, 2, 6]


def upper_onto_lower() -> None:
    """Eight numbers, added in three rounds: the upper half onto the lower half."""
    figure, axes = canvas(6.4, 3.9, (-2.1, 8.2), (-0.9, 6.6))
    values, height, floor = list(NUMBERS), len(NUMBERS), 5.4
    _row(axes, values, height, floor)
    axes.text(-0.3, floor + 0.4, "8 numbers", ha="right", va="center", style="italic")
    for number, colour in enumerate(["tab:blue", "tab:orange", "tab:green"], 1):
        half, below = height // 2, floor - 1.75
        for t in range(half):
            for place in (t, t + half):
                style = {"arrowstyle": "->", "color": colour, "linewidth": 1.3, "shrinkA": 0, "shrinkB": 1}
                axes.annotate("", xy=(t + 0.5, below + 0.8), xytext=(place + 0.5, floor), arrowprops=style)
            values[t] += values[t + half]
        _row(axes, values, half, below)
        threads = "thread 0" if half == 1 else f"threads 0 to {half - 1}"
        axes.text(-0.3, below + 0.4, f"round {number}", ha="right", va="center", style="italic", color=colour)
        axes.text(half + 0.3, below + 0.4, threads, va="center", color=colour)
        height, floor = half, below
    axes.text(0.0, floor - 0.55, "place 0 holds the sum of all", va="center")
    show(figure, "Eight numbers become four, two and one. In each round thread t adds place t + half to place t.")


def _row(axes, values, count: int, floor: float) -> None:
    for place in range(count):
        axes.add_patch(Rectangle((place + 0.08, floor), 0.84, 0.8, facecolor="white", edgecolor="black"))
        axes.text(place + 0.5, floor + 0.38, str(values[place]), ha="center", va="center")
