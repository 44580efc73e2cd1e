"""Page 14."""

from __future__ import annotations

from book import show
from matplotlib.patches import FancyBboxPatch

from drawings.sheet import canvas


def from_folder_to_pictures() -> None:
    """What becomes of a folder of pictures, from the first command to the last."""
    figure, axes = canvas(6.4, 5.6, (0, 12), (0, 10.4))

    def box(x, y, width, lines, colour="white"):
        height = 0.5 + 0.55 * len(lines)
        style = {"boxstyle": "round,pad=0.08", "facecolor": colour, "edgecolor": "black"}
        axes.add_patch(FancyBboxPatch((x - width / 2, y - height / 2), width, height, **style))
        axes.text(x, y, "\n".join(lines), ha="center", va="center", fontsize=9.5, linespacing=1.5)

    def arrow(x0, y0, x1, y1):
        axes.annotate("", xy=(x1, y1), xytext=(x0, y0), arrowprops={"arrowstyle": "->", "linewidth": 1.5})

    box(2.4, 8.8, 3.6, ["your pictures:", "a folder or a .zip"], "aliceblue")
    box(8.6, 8.8, 5.6, ["upright, on white, the middle square,", "32 x 32 pixels (or 64 x 64)"])
    arrow(4.4, 8.8, 5.6, 8.8)
    box(6.6, 6.4, 2.8, ["nine in ten:", "to train on"])
    box(10.2, 6.4, 2.8, ["one in ten:", "to test with"])
    arrow(7.6, 7.8, 6.8, 7.3)
    arrow(9.4, 7.8, 10.0, 7.3)
    box(2.4, 5.0, 3.6, ["train images", "--data FOLDER"], "lightgrey")
    arrow(5.0, 6.2, 4.4, 5.6)
    arrow(10.2, 5.5, 9.6, 4.3)
    box(
        8.6,
        3.0,
        5.6,
        ["run directory: config.json,", "metrics.jsonl, curves.png, samples/,", "reconstructions/, checkpoints/"],
    )
    arrow(2.6, 4.1, 5.5, 3.0)
    box(3.0, 0.9, 5.4, ["sample, reconstruct, encode, interpolate;", "alicuda.load in Python"], "lightgrey")
    arrow(5.6, 2.5, 4.2, 1.8)
    show(
        figure,
        "Your pictures are turned upright, cut to squares and made small; nine in ten are trained on. The run "
        "directory that training leaves is what the other commands and alicuda.load read.",
    )
