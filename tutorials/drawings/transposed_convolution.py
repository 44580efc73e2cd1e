"""Page 07."""

from __future__ import annotations

from book import show
from matplotlib.patches import Rectangle

from drawings.sheet import canvas

TAPS, STRIDE, PLACES = 3, 2, 3  # of the window; how far it moves; and how many places it has
PIXELS = STRIDE * (PLACES - 1) + TAPS
COLOURS = ["tab:blue", "tab:orange", "tab:green"]  # of the places


def there_and_back() -> None:
    """One row of a picture above, the row of a convolution's results below, and the same arrows both ways."""
    figure, axes = canvas(6.8, 2.9, (-0.4, 17.0), (-1.3, 5.3))
    for left, back in [(0.0, False), (9.4, True)]:
        for pixel in range(PIXELS):
            axes.add_patch(Rectangle((left + pixel, 3.2), 1, 1, facecolor="white", edgecolor="grey"))
            axes.text(left + pixel + 0.5, 3.7, f"x{pixel}", ha="center", va="center", fontsize=10)
        for place, colour in enumerate(COLOURS):
            middle = left + place * STRIDE + TAPS / 2
            axes.add_patch(Rectangle((middle - 0.5, 0), 1, 1, facecolor=colour, alpha=0.35, edgecolor="grey"))
            axes.text(middle, 0.5, f"y{place}", ha="center", va="center", fontsize=10)
            for tap in range(TAPS):
                above, below = (left + place * STRIDE + tap + 0.5, 3.15), (middle, 1.05)
                start, end = (below, above) if back else (above, below)
                style = {"arrowstyle": "->", "color": colour, "linewidth": 1.5, "shrinkA": 0, "shrinkB": 0}
                axes.annotate("", xy=end, xytext=start, arrowprops=style)
        title = "from y to x: stamps" if back else "from x to y: a convolution"
        axes.text(left + PIXELS / 2, 4.75, title, ha="center", fontsize=11)
    axes.text(PIXELS / 2, -0.8, "y1 adds up three pixels", ha="center", fontsize=10, color="dimgrey")
    axes.text(9.4 + PIXELS / 2, -0.8, "y1 gives to three pixels", ha="center", fontsize=10, color="dimgrey")
    show(
        figure,
        "Seven pixels x in a row and three numbers y below them. On the left arrows lead from three pixels to each y, "
        "on the right the same arrows lead from each y to three pixels.",
    )
