"""Page 13."""

from __future__ import annotations

from book import show
from matplotlib.patches import Rectangle

from drawings.sheet import canvas

ENCODER = [(32, 3), (28, 32), (13, 64), (10, 128), (4, 256), (1, 512), (1, 512), (1, 512)]
DECODER = [(1, 256), (4, 256), (10, 128), (13, 64), (28, 32), (32, 32), (32, 32), (32, 3)]
PICTURE = [(32, 3), (28, 32), (13, 64), (10, 128), (4, 256), (1, 512)]
CODE = [(1, 256), (1, 512), (1, 512)]
JOINT = [(1, 1024), (1, 1024), (1, 1024), (1, 1)]
COLOURS = {"G2": "tab:blue", "G1": "tab:red", "D": "dimgrey"}


def three_nets() -> None:
    """What lies between the layers of G2, G1 and D: a square as large as the picture, its side and channels beneath."""
    figure, axes = canvas(7, 6.6, (-1.4, 16.2), (-14.2, 2.2))

    def square(x, y, side, channels, colour):
        size = 0.25 + 1.25 * side / 32
        axes.add_patch(Rectangle((x - size / 2, y - size / 2), size, size, facecolor=colour, alpha=0.25))
        axes.add_patch(Rectangle((x - size / 2, y - size / 2), size, size, fill=False, edgecolor=colour))
        axes.text(x, y - 1.15, f"{side} x {side}", ha="center", va="center", fontsize=8)
        axes.text(x, y - 1.65, f"{channels:,}", ha="center", va="center", fontsize=8)

    def arrow(x0, y0, x1, y1):
        axes.annotate("", xy=(x1, y1), xytext=(x0, y0), arrowprops={"arrowstyle": "->", "color": "black"})

    def row(y, name, layers, first=0.0):
        for i, (side, channels) in enumerate(layers):
            x = first + 2.1 * i
            square(x, y, side, channels, COLOURS[name])
            if i:
                half = (0.25 + 1.25 * layers[i - 1][0] / 32) / 2
                here = (0.25 + 1.25 * side / 32) / 2
                arrow(x - 2.1 + half + 0.1, y, x - here - 0.1, y)
        return first + 2.1 * (len(layers) - 1)

    axes.text(-1.3, 1.5, "G2 encodes: x becomes mu and log sigma", color=COLOURS["G2"], fontsize=10)
    row(0, "G2", ENCODER)
    axes.text(-1.3, -2.6, "G1 decodes: z becomes a picture", color=COLOURS["G1"], fontsize=10)
    row(-4.1, "G1", DECODER)
    axes.text(-1.3, -6.7, "D judges: a picture and a code become one number", color=COLOURS["D"], fontsize=10)
    above, below = row(-8.2, "D", PICTURE), row(-11.4, "D", CODE, first=2.1)
    middle = above + 2.1
    square(middle, -9.8, 1, 1024, COLOURS["D"])
    arrow(above + 0.3, -8.3, middle - 0.25, -9.6)
    arrow(below + 0.3, -11.4, middle - 0.25, -10.0)
    for i in (1, 2):
        square(middle + 1.6 * i, -9.8, 1, JOINT[i][1], COLOURS["D"])
        arrow(middle + 1.6 * i - 1.4, -9.8, middle + 1.6 * i - 0.2, -9.8)
    axes.annotate("", xy=(middle + 3.2, -8.3), xytext=(middle + 3.2, -9.6), arrowprops={"arrowstyle": "->"})
    axes.text(middle + 3.2, -8.05, "1 number", ha="center", va="bottom", fontsize=8)
    axes.text(-0.9, -11.4, "its code", va="center", fontsize=9)
    axes.text(-1.3, -13.9, "square: the picture's side in pixels; below it: channels", fontsize=8.5, style="italic")
    show(
        figure,
        "Three rows of squares. G2 goes from 32 x 32 pixels with 3 channels to 1 x 1 with 512; G1 goes the other way; "
        "D has one row for the picture and one for the code, which meet in 1,024 numbers.",
    )
