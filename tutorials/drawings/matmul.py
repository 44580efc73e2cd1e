"""Page 05."""

from __future__ import annotations

from book import show
from matplotlib.patches import Rectangle

from drawings.sheet import canvas

SIDE = 8  # rows and columns of each matrix in the drawing


def numbers_and_uses() -> None:
    """What one number of C needs, and what a square of 4 x 4 of them needs."""
    figure, axes = canvas(7.0, 3.9, (-0.6, 40.6), (-2.6, 19.4))
    for left, rows, columns, lines in [(0, (3, 4), (5, 6), "one number of C"), (22, (2, 6), (3, 7), "16 numbers of C")]:
        for name, x, y in [("A", left, 0), ("B", left + 10, 10), ("C", left + 10, 0)]:
            axes.add_patch(Rectangle((x, y), SIDE, SIDE, facecolor="white", edgecolor="grey"))
            for line in range(1, SIDE):
                axes.plot([x, x + SIDE], [y + line, y + line], color="lightgrey", linewidth=0.5, zorder=1)
                axes.plot([x + line, x + line], [y, y + SIDE], color="lightgrey", linewidth=0.5, zorder=1)
            axes.text(x - 0.25, y + SIDE + 0.15, name, ha="right", va="bottom", fontsize=12, style="italic")
        low, high = SIDE - rows[1], SIDE - rows[0]  # rows are counted from above
        for x, y, width, height, colour in [
            (left, low, SIDE, high - low, "tab:blue"),
            (left + 10 + columns[0], 10, columns[1] - columns[0], SIDE, "tab:orange"),
            (left + 10 + columns[0], low, columns[1] - columns[0], high - low, "tab:green"),
        ]:
            axes.add_patch(Rectangle((x, y), width, height, facecolor=colour, edgecolor="black", alpha=0.75, zorder=2))
        style = {"arrowstyle": "->", "linewidth": 1.4, "color": "dimgrey"}
        middle = (low + high) / 2
        axes.annotate("", xy=(left + 9.9 + columns[0], middle), xytext=(left + 8.1, middle), arrowprops=style, zorder=3)
        middle = left + 10 + sum(columns) / 2
        axes.annotate("", xy=(middle, high + 0.1), xytext=(middle, 9.9), arrowprops=style, zorder=3)
        rows_of, columns_of = rows[1] - rows[0], columns[1] - columns[0]
        need = f"{rows_of} row{'s' * (rows_of > 1)} and {columns_of} column{'s' * (columns_of > 1)}"
        axes.text(left + 9, -0.9, f"{lines}: {need}", ha="center", va="top", fontsize=11)
    show(
        figure,
        "Matrices A, B and C, twice. One number of C needs a row of A and a column of B; a square of 4 x 4 numbers "
        "needs 4 rows and 4 columns.",
    )
