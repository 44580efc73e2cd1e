"""Page 10."""

from __future__ import annotations

from book import show

from drawings.sheet import canvas

FORWARD, BACK, DICE = "tab:blue", "tab:red", "tab:orange"


def dice_inside_and_beside() -> None:
    """Two graphs of the same throw: with dice on the way no cotangent comes back, with dice at its side all do."""
    figure, axes = canvas(6.4, 4.9, (-1.0, 9.6), (-4.9, 4.5))

    def node(place, name, colour="black"):
        circle = {"boxstyle": "circle,pad=0.4", "facecolor": "white", "edgecolor": colour}
        axes.text(*place, name, ha="center", va="center", fontsize=13, color=colour, bbox=circle, zorder=3)

    def box(place, text, colour):
        frame = {"boxstyle": "round,pad=0.5", "facecolor": "white", "edgecolor": colour}
        axes.text(*place, text, ha="center", va="center", fontsize=11, color=colour, bbox=frame, zorder=3)

    def arrow(start, end, colour, bend=0.0, shrink=(20, 20)):
        style = {"arrowstyle": "->", "color": colour, "linewidth": 1.7, "shrinkA": shrink[0], "shrinkB": shrink[1]}
        style["connectionstyle"] = f"arc3,rad={bend}"
        axes.annotate("", xy=end, xytext=start, arrowprops=style)

    for level, title in ((2.3, "the dice stand in the way"), (-2.6, "the dice stand at the side")):
        mu, sigma, middle, z, loss = (0, level + 0.9), (0, level - 0.9), (3.3, level), (6.2, level), (9, level)
        axes.text(-0.9, level + 1.85, title, style="italic", fontsize=12)
        beside = level < 0
        for parameter, side in ((mu, 1), (sigma, -1)):
            arrow(parameter, middle, FORWARD, shrink=(18, 38))
            if beside:
                arrow((middle[0], level + 0.1 * side), parameter, BACK, 0.25 * side, shrink=(38, 20))
        arrow(middle, z, FORWARD, -0.15, shrink=(40, 18))
        arrow(z, loss, FORWARD, -0.25)
        arrow(loss, z, BACK, -0.25)
        arrow(z, middle, BACK, -0.3, shrink=(18, 46))
        node(mu, "μ")
        node(sigma, "σ")
        node(z, "z")
        node(loss, "L")
        if beside:
            box(middle, "μ + σ · ε", FORWARD)
            dice = (3.3, level - 1.95)
            node(dice, "ε", DICE)
            arrow(dice, middle, DICE, shrink=(16, 20))
            axes.text(4.1, level - 2.0, "thrown beforehand, from N(0, 1)", color=DICE, va="center")
        else:
            box(middle, "throw z\nfrom N(μ, σ²)", DICE)
            axes.text(1.75, level, "?", color=BACK, ha="center", va="center", fontsize=20)
    axes.text(7.6, 4.1, "forward: values", color=FORWARD, ha="center", style="italic")
    axes.text(7.6, 0.85, "backward: cotangents", color=BACK, ha="center", style="italic")
    alt = "Above: a throw stands between mu, sigma and z, and no cotangent passes it. Below: eps comes from the side."
    show(figure, alt)
