"""The drawings of ideas that open the pages. Plots of results are in the pages themselves."""

from __future__ import annotations

import matplotlib.pyplot as plt
from book import show
from matplotlib.patches import Circle, FancyBboxPatch, Rectangle


def _canvas(width: float, height: float, xlim: tuple[float, float], ylim: tuple[float, float]):
    figure, axes = plt.subplots(figsize=(width, height), layout="constrained")
    axes.set(xlim=xlim, ylim=ylim)
    axes.axis("off")
    return figure, axes


def two_pairs() -> None:
    """00: the two ways to make a pair of a picture and a code."""
    figure, axes = _canvas(6, 3.7, (0, 12), (0, 7.2))

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


def one_number_each(size: int = 10, threads: int = 4) -> None:
    """01: a grid of blocks of threads over a row of numbers, which ends before the last block does."""
    blocks = -(-size // threads)
    figure, axes = _canvas(6.4, 2.5, (-2.0, blocks * (threads + 0.6) + 0.1), (-1.25, 4.6))
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


def there_and_back() -> None:
    """08: values go forward through a chain of steps, cotangents come back."""
    figure, axes = _canvas(6, 2.9, (-0.7, 9.7), (-2.0, 2.1))
    circle = {"boxstyle": "circle,pad=0.45", "facecolor": "white"}
    for place, name, cotangent in [(0, "x", "dL/dx"), (3, "y", "dL/dy"), (6, "v", "dL/dv"), (9, "L", "1")]:
        axes.text(place, 0, name, ha="center", va="center", fontsize=13, bbox=circle)
        axes.text(place, -1.15, cotangent, ha="center", color="tab:red")

    def arrow(x0, x1, y, colour):
        style = {"arrowstyle": "->", "color": colour, "linewidth": 1.8, "connectionstyle": "arc3,rad=-0.35"}
        axes.annotate("", xy=(x1, y), xytext=(x0, y), arrowprops=style)

    for middle, name in [(1.5, "conv2d"), (4.5, "leaky ReLU"), (7.5, "sum")]:
        arrow(middle - 1.0, middle + 1.0, 0.45, "tab:blue")
        arrow(middle + 1.0, middle - 1.0, -0.45, "tab:red")
        axes.text(middle, 1.05, name, ha="center", color="tab:blue")
    axes.text(4.5, 1.75, "forward: values", ha="center", color="tab:blue", style="italic")
    axes.text(4.5, -1.9, "backward: cotangents", ha="center", color="tab:red", style="italic")
    show(figure, "A chain x, y, v, L. Values go forward by conv2d, leaky ReLU and sum; cotangents go back.")


def diamond() -> None:
    """08: the graph in which order matters."""
    figure, axes = _canvas(6, 2.3, (-0.7, 9.7), (-1.6, 1.6))
    places = {"x": (0, 0), "a": (3, 0), "b": (6, 1), "c": (6, -1), "d": (9, 0)}
    for name, place in places.items():
        circle = {"boxstyle": "circle,pad=0.4", "facecolor": "white"}
        axes.text(*place, name, ha="center", va="center", fontsize=13, bbox=circle)
    style = {"arrowstyle": "->", "linewidth": 1.5, "shrinkA": 16, "shrinkB": 16}
    for start, end in ["xa", "ab", "ac", "bd", "cd"]:
        axes.annotate("", xy=places[end], xytext=places[start], arrowprops=style)
    rules = [(1.5, 0.2, "a = x · x"), (4.2, 0.85, "b = 2 a"), (4.2, -1.05, "c = 3 a"), (7.9, 0.85, "d = b · c")]
    for x, y, rule in rules:
        axes.text(x, y, rule, ha="center")
    show(figure, "A graph: x leads to a; a leads to b and to c; b and c lead to d.")
