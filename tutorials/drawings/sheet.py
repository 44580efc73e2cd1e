"""What all drawings share."""

from __future__ import annotations

import matplotlib.pyplot as plt


def canvas(width: float, height: float, xlim: tuple[float, float], ylim: tuple[float, float]):
    """An empty sheet in inches, without axes, in coordinates of its own."""
    figure, axes = plt.subplots(figsize=(width, height), layout="constrained")
    axes.set(xlim=xlim, ylim=ylim)
    axes.axis("off")
    return figure, axes
