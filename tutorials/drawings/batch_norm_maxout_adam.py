"""Page 11."""

from __future__ import annotations

from book import show

from drawings.sheet import canvas


def around_the_weights() -> None:
    """One layer and its surroundings: values go up the chain, a gradient comes back, Adam turns the weights."""
    figure, axes = canvas(6.6, 3.3, (-0.8, 10.4), (-3.0, 2.0))
    steps = [(0, "x"), (2.1, "convolution\nwith w"), (4.75, "batch\nnorm"), (7.0, "maxout"), (9.4, "loss L")]
    ours = {"batch\nnorm", "maxout", "loss L"}

    def box(place, text, colour):
        frame = {"boxstyle": "round,pad=0.45", "facecolor": "white", "edgecolor": colour}
        axes.text(*place, text, ha="center", va="center", fontsize=10.5, color=colour, bbox=frame, zorder=3)

    def arrow(start, end, colour, bend=0.0):
        style = {"arrowstyle": "->", "color": colour, "linewidth": 1.7, "shrinkA": 2, "shrinkB": 2}
        axes.annotate("", xy=end, xytext=start, arrowprops={**style, "connectionstyle": f"arc3,rad={bend}"})

    for place, text in steps:
        box((place, 0.6), text, "tab:green" if text in ours else "black")
    for start, end in [(0.35, 1.0), (3.2, 4.1), (5.4, 6.2), (7.8, 8.6)]:
        arrow((start, 0.75), (end, 0.75), "tab:blue")
    for start, end in [(4.1, 3.2), (6.2, 5.4), (8.6, 7.8)]:
        arrow((start, 0.4), (end, 0.4), "tab:red")
    axes.text(4.8, 1.7, "forward: values", color="tab:blue", ha="center", style="italic")
    box((7.0, -2.1), "Adam", "tab:green")
    arrow((2.1, -0.05), (6.3, -2.1), "tab:red", 0.35)
    axes.text(4.9, -0.95, "gradient of w", color="tab:red", ha="center", style="italic")
    arrow((6.3, -2.35), (1.6, -0.05), "black", -0.4)
    axes.text(1.1, -2.3, "turns w\na little", ha="center", va="center", style="italic")
    show(figure, "x, convolution, batch norm, maxout, loss. The gradient of w goes down to Adam, which turns w.")
