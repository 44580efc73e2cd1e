"""What all pages share: the running example, and pictures that carry a description for those who cannot see them."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from IPython.display import display

HERE = Path(__file__).parent

# The digit that goes through all pages: 16 x 16 pixels, one hexadecimal figure each, "." for 0 (black), f for white.
DIGIT = """
................
....25789741....
..5dfffffffe8...
..7ffffffffffa..
..7fe95336dfff4.
..771......fff8.
...........eff8.
..........4fff5.
.........2dffd..
.......18fffe3..
......5efffc2...
....3dfffd7.....
..1bffffe6222223
..7fffffffffffff
..7fffffffffffff
..29999999999999
"""


def digit() -> np.ndarray:
    """The digit as an image (N,H,W,C) = (1,16,16,1), float32 from 0 to 1."""
    rows = DIGIT.replace(".", "0").split()
    return np.array([[int(pixel, 16) / 15 for pixel in row] for row in rows], np.float32)[None, :, :, None]


def show(figure, alt: str) -> None:
    """Display a matplotlib figure, described by `alt`. The same figure gives the same bytes on every build."""
    import matplotlib.pyplot as plt

    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=100, bbox_inches="tight", metadata={"Software": None})
    plt.close(figure)
    _display(buffer.getvalue(), alt)


def show_file(name: str, alt: str) -> None:
    """Display tutorials/pictures/`name`, described by `alt`."""
    _display((HERE / "pictures" / name).read_bytes(), alt)


def _display(png: bytes, alt: str) -> None:
    display({"image/png": png, "text/plain": alt}, raw=True, metadata={"image/png": {"alt": alt}})
