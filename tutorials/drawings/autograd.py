"""Page 08."""

from __future__ import annotations

from book import show

from drawings.sheet import canvas


def there_and_back() -> None:
    """Values go forward through a chain of steps, cotangents come back."""
    figure, axes = canvas(6, 2.9, (-0.7, 9.7), (-2.0, 2.1))
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
    """The graph in which order matters."""
    figure, axes = canvas(6, 2.3, (-0.7, 9.7), (-1.6, 1.6))
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
