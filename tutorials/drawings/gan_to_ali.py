"""Page 12."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from book import show


def two_joints() -> None:
    """Two kinds of pairs with the same pictures and the same codes, paired the other way round."""
    random = np.random.default_rng(3)
    photos, noise = random.standard_normal((2, 600))
    codes = 0.95 * photos + 0.31 * noise
    figure, places = plt.subplots(1, 2, figsize=(7, 3.6), layout="constrained")
    panels = [("a photo x with its code G2(x)", photos, codes, "tab:blue"),
              ("a thrown code z with its picture G1(z)", photos, -codes, "tab:red")]  # fmt: skip
    for axes, (title, x, z, colour) in zip(places, panels, strict=True):
        axes.scatter(x, z, s=4, color=colour, alpha=0.6, linewidths=0)
        bins = np.linspace(-4, 4, 33)
        for numbers, sideways in ((x, False), (z, True)):
            height, _ = np.histogram(numbers, bins)
            style = {"color": colour, "alpha": 0.35}
            draw, width = (axes.barh, "height") if sideways else (axes.bar, "width")
            start = {("left" if sideways else "bottom"): -4}
            draw((bins[:-1] + bins[1:]) / 2, height / 60, **{width: 0.25}, **start, **style)
        axes.set(title=title, xlabel="picture x (one number)", ylabel="code z (one number)")
        axes.set(xlim=(-4, 4), ylim=(-4, 4), aspect="equal")
        axes.title.set_fontsize(10)
    show(figure, "Two clouds of pairs. Along each side the numbers lie alike; one cloud rises, the other falls.")
