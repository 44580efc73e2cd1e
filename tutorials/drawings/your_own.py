"""Page 14."""

from __future__ import annotations

from book import show
from matplotlib.patches import FancyBboxPatch

from drawings.sheet import canvas


def from_folder_to_pictures() -> None:
    """What becomes of a folder of pictures, from the first command to the last."""
    figure, axes = canvas(6.4, 5.4, (0, 12), (-0.5, 9.9))

    def box(x, y, width, text, colour="white"):
        style = {"boxstyle": "round,pad=0.08", "facecolor": colour, "edgecolor": "black"}
        axes.add_patch(FancyBboxPatch((x - width / 2, y - 0.5), width, 1, **style))
        axes.text(x, y, text, ha="center", va="center", fontsize=9.5, linespacing=1.4)

    def arrow(x0, y0, x1, y1):
        axes.annotate("", xy=(x1, y1), xytext=(x0, y0), arrowprops={"arrowstyle": "->", "linewidth": 1.5})

    box(6, 9.2, 8.6, "your pictures: a folder or a .zip", "aliceblue")
    arrow(6, 8.5, 6, 8.05)
    box(6, 7.4, 8.6, "each upright, on white, the middle square,\n32 x 32 pixels (or 64 x 64)")
    arrow(4.5, 6.7, 3.9, 6.25)
    arrow(7.5, 6.7, 8.1, 6.25)
    box(3.7, 5.6, 4, "nine in ten:\nto train on")
    box(8.3, 5.6, 4, "one in ten:\nto test with")
    arrow(3.9, 4.9, 4.5, 4.45)
    arrow(8.1, 4.9, 7.5, 4.45)
    box(6, 3.8, 8.6, "train images --data FOLDER", "lightgrey")
    arrow(6, 3.1, 6, 2.65)
    box(6, 2, 11, "run directory: config.json, metrics.jsonl, curves.png,\nsamples/, reconstructions/, checkpoints/")
    arrow(6, 1.3, 6, 0.85)
    box(6, 0.2, 11, "sample, reconstruct, encode, interpolate; alicuda.load in Python", "lightgrey")
    show(
        figure,
        "Your pictures are turned upright, cut to squares and made small; nine in ten are trained on. The run "
        "directory that training leaves is what the other commands and alicuda.load read.",
    )
