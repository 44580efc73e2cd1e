"""Page 03."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from book import digit, show
from matplotlib.patches import ConnectionPatch, Rectangle

SIDE = 4  # of a tile
ROWS, COLUMNS = slice(4, 8), slice(8, 12)  # the block's square of the digit
IN, OUT = "tab:orange", "tab:blue"


def through_a_tile() -> None:
    """A square of the picture comes into the tile by rows, and leaves it by columns, which are rows of the result."""
    picture = digit()[0, :, :, 0]
    figure, panels = plt.subplots(1, 3, figsize=(7.2, 3.1), layout="constrained", width_ratios=[1, 0.8, 1])
    titles = ["X, in the GPU's memory", "tile, in shared memory", "Y, in the GPU's memory"]
    for panel, shown, title in zip(panels, [picture, picture[ROWS, COLUMNS], picture.T], titles, strict=True):
        panel.imshow(shown, cmap="gray", vmax=1.5)
        panel.set_title(title, fontsize=10)
        panel.set(xticks=[], yticks=[])
    for panel in (panels[0], panels[2]):
        for line in np.arange(SIDE, 16, SIDE) - 0.5:
            panel.axhline(line, color="grey", linewidth=0.5)
            panel.axvline(line, color="grey", linewidth=0.5)
    left, tile, right = panels
    _frame(left, COLUMNS.start, ROWS.start, SIDE, SIDE, "white")
    _frame(right, ROWS.start, COLUMNS.start, SIDE, SIDE, "white")
    _frame(left, COLUMNS.start, ROWS.start + 1, SIDE, 1, IN)
    _frame(tile, 0, 1, SIDE, 1, IN)
    _frame(tile, 2, 0, 1, SIDE, OUT)
    _frame(right, ROWS.start, COLUMNS.start + 2, SIDE, 1, OUT)
    _arrow(figure, left, (COLUMNS.stop - 0.4, ROWS.start + 1), tile, (-0.6, 1), IN)
    _arrow(figure, tile, (2.6, 3), right, (ROWS.start - 0.7, COLUMNS.start + 2), OUT)
    tile.set_xlabel("orange: a row comes in\nblue: a column goes out", fontsize=9)
    left.set_xlabel("a row of X", fontsize=9)
    right.set_xlabel("the column is a row of Y", fontsize=9)
    show(
        figure,
        "A square of the digit goes into a tile row by row; a column of the tile becomes a row of the transpose.",
    )


def _frame(panel, column: int, row: int, width: int, height: int, colour: str) -> None:
    box = {"fill": False, "edgecolor": colour, "linewidth": 2.2, "zorder": 3}
    panel.add_patch(Rectangle((column - 0.5, row - 0.5), width, height, **box))


def _arrow(figure, here, start, there, end, colour: str) -> None:
    style = {"arrowstyle": "->", "color": colour, "linewidth": 1.8, "mutation_scale": 14}
    figure.add_artist(ConnectionPatch(start, end, here.transData, there.transData, **style))
