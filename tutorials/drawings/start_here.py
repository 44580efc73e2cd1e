"""Page 00."""

from __future__ import annotations

from book import show
from matplotlib.patches import FancyBboxPatch

from drawings.sheet import canvas


def two_pairs() -> None:
    """The two ways to make a pair of a picture and a code."""
    figure, axes = canvas(6, 3.7, (0, 12), (0, 7.2))

    def box(x, y, text, colour="white"):
        style = {"boxstyle": "round,pad=0.08", "facecolor": colour, "edgecolor": "black"}
        axes.add_patch(FancyBboxPatch((x - 1.25, y - 0.5), 2.5, 1.0, **style))
        axes.text(x, y, text, ha="center", va="center")

    def arrow(x0, y0, x1, y1):
        axes.annotate("", xy=(x1, y1), xytext=(x0, y0), arrowprops={"arrowstyle": "->", "linewidth": 1.5})

    axes.text(2.5, 6.9, "from a photo", ha="center", style="italic")
    axes.text(9.5, 6.9, "from dice", ha="center", style="italic")
    box(2.5, 6.0, "picture x")
    box(2.5, 3.8, "code G2(x)")
    box(9.5, 6.0, "code z")
    box(9.5, 3.8, "picture G1(z)")
    arrow(2.5, 5.4, 2.5, 4.4)
    arrow(9.5, 5.4, 9.5, 4.4)
    axes.text(2.8, 4.9, "encoder G2", va="center", color="tab:blue")
    axes.text(9.2, 4.9, "decoder G1", ha="right", va="center", color="tab:red")
    box(6.0, 1.2, "D", "lightgrey")
    arrow(3.4, 3.2, 5.2, 1.9)
    arrow(8.6, 3.2, 6.8, 1.9)
    axes.text(3.8, 2.2, "this pair?", ha="right", va="center")
    axes.text(8.2, 2.2, "or that one?", va="center")
    axes.text(6.0, 0.2, "which kind of pair is it?", ha="center", va="center", style="italic")
    show(figure, "Two pairs go to D: a photo x with its code G2(x), and a code z thrown with dice and its picture.")
