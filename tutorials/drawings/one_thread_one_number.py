"""Page 01."""

from __future__ import annotations

from book import show
from matplotlib.patches import Circle, FancyBboxPatch, Rectangle

from drawings.sheet import canvas


def one_number_each(size: int = 10, threads: int = 4) -> None:
    """A grid of blocks of threads over a row of numbers, which ends before the last block does."""
    blocks = -(-size // threads)
    figure, axes = canvas(6.4, 2.5, (-2.0, blocks * (threads + 0.6) + 0.1), (-1.25, 4.6))
    frame = {"boxstyle": "round,pad=0.06", "edgecolor": "black"}
    colours = ["tab:blue", "tab:orange", "tab:green"]
    axes.add_patch(FancyBboxPatch((-0.25, 1.5), blocks * (threads + 0.6) - 0.1, 2.75, **frame, facecolor="whitesmoke"))
    axes.text(-0.45, 3.7, "grid", ha="right", va="center", style="italic")
    axes.text(-0.45, 2.3, "threads", ha="right", va="center", style="italic")
    axes.text(-0.45, 0.0, "numbers", ha="right", va="center", style="italic")
    for block in range(blocks):
        left, colour = block * (threads + 0.6), colours[block % len(colours)]
        axes.add_patch(FancyBboxPatch((left, 1.75), threads, 1.35, **frame, facecolor="white"))
        axes.text(left + threads / 2, 3.7, f"block {block}", ha="center", va="center", color=colour)
        for thread in range(threads):
            i, x = block * threads + thread, left + thread + 0.5
            busy = i < size
            line = {"linewidth": 1.6, "linestyle": "-"} if busy else {"linewidth": 1.0, "linestyle": ":"}
            edge = colour if busy else "grey"
            axes.add_patch(Circle((x, 2.42), 0.36, facecolor="white", edgecolor=edge, **line))
            axes.text(x, 2.4, str(thread), ha="center", va="center", color="black" if busy else "grey")
            if busy:
                place = 0.5 + i * (blocks * (threads + 0.6) - 0.6) / (blocks * threads)
                style = {"arrowstyle": "->", "color": colour, "linewidth": 1.3}
                axes.annotate("", xy=(place, 0.47), xytext=(x, 2.03), arrowprops=style)
                axes.add_patch(Rectangle((place - 0.45, -0.45), 0.9, 0.9, facecolor="white", edgecolor="black"))
                axes.text(place, -0.02, str(i), ha="center", va="center")
    axes.text(left + threads - 0.8, 0.0, "nothing\nto do", ha="center", va="center", color="dimgrey", style="italic")
    axes.text(0.05, -1.05, f"number i = block x {threads} + thread, if i < {size}", va="center")
    show(figure, f"{blocks} blocks of {threads} threads over a row of {size} numbers. The last two threads have none.")
