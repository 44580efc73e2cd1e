"""Page 06."""

from __future__ import annotations

from book import show
from matplotlib.patches import Rectangle

from drawings.sheet import canvas

SIDE, TAPS, FILTERS = 5, 3, 2  # of the picture, of the window, and how many filters
OUT = SIDE - TAPS + 1
COLOURS = ["tab:blue", "tab:orange", "tab:green"]  # of the window's three lines


def window_to_row(pixel: int = 5) -> None:
    """The window of one output pixel, laid out as a row of a matrix, which meets the filters as columns."""
    figure, axes = canvas(6.6, 5.0, (-1.6, 22.8), (-1.2, 20.2))

    def cell(x: float, y: float, colour: str = "white") -> None:
        style = {"edgecolor": "grey", "linewidth": 0.6, "alpha": 1.0 if colour == "white" else 0.75}
        axes.add_patch(Rectangle((x, y), 1, 1, facecolor=colour, **style))

    def label(x: float, y: float, text: str) -> None:
        axes.text(x, y, text, ha="center", va="center", fontsize=10)

    p, q = divmod(pixel, OUT)
    for row in range(SIDE):
        for column in range(SIDE):
            inside = p <= row < p + TAPS and q <= column < q + TAPS
            cell(2 + column, 17 - row, COLOURS[row - p] if inside else "white")
    axes.add_patch(Rectangle((2 + q, 18 - p - TAPS), TAPS, TAPS, fill=False, linewidth=2))
    label(4.5, 18.7, "picture x, and the window of one pixel of y")

    depth, rows, left = TAPS * TAPS, OUT * OUT, 5
    for row in range(rows):
        for step in range(depth):
            cell(left + step, rows - 1 - row, COLOURS[step // TAPS] if row == pixel else "white")
        for filter in range(FILTERS):
            cell(left + depth + 2 + filter, rows - 1 - row, "tab:purple" if row == pixel and filter == 0 else "white")
    for step in range(depth):
        for filter in range(FILTERS):
            colour = "white" if filter else COLOURS[step // TAPS]
            cell(left + depth + 2 + filter, rows + 0.5 + depth - step, colour)
    label(left + depth / 2, -0.7, "A: a row for each pixel of y")
    label(left + depth + 2 + FILTERS / 2, -0.7, "Y")
    label(left + depth + 2 + FILTERS / 2, rows + 2.2 + depth, "w: a column for each filter")
    style = {"arrowstyle": "->", "linewidth": 1.5, "color": "dimgrey"}
    axes.annotate("", xy=(left + 4.5, rows + 0.3), xytext=(2 + q + 1.5, 17.7 - p - TAPS), arrowprops=style)
    at = rows - 0.5 - pixel
    axes.annotate("", xy=(left + depth + 1.9, at), xytext=(left + depth + 0.1, at), arrowprops=style)
    middle = left + depth + 2.5
    axes.annotate("", xy=(middle, at + 0.6), xytext=(middle, rows + 1.4), arrowprops=style)
    show(
        figure,
        "A window of 3 x 3 on a picture becomes one row of 9 numbers in a matrix A. That row times a column of 9 "
        "filter numbers gives one number of Y.",
    )
