"""What all pages share: the running example, pictures that carry a description for those who cannot see them, and the
text of the library's own functions, so that a page never shows a copy that has drifted."""

from __future__ import annotations

import inspect
import io
import re
import textwrap
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from IPython.display import display

from alicuda import emulator, errors

HERE = Path(__file__).parent

# A library loads tqdm, which asks for widgets when it finds itself in a notebook. The pages draw no progress bars.
warnings.filterwarnings("ignore", message="IProgress not found")

# The digit that goes through all pages: 16 x 16 pixels, one hexadecimal figure each, "." for 0 (black), f for white.
DIGIT = """
................
................
....5bfffb4.....
...8fffffff6....
...cfb4.5fffa...
...782...9ffd...
.........8ffc...
.........cff7...
........7ffd....
.......5fff3....
......4fff5.....
.....3eff6......
....3dff9333....
...4ffffffffa...
...5ffffffffa...
................
"""


def digit() -> np.ndarray:
    """The digit as an image (N,H,W,C) = (1,16,16,1), float32 from 0 to 1."""
    rows = DIGIT.replace(".", "0").split()
    pixels = np.array([[int(pixel, 16) for pixel in row] for row in rows], np.float32) / 15
    return pixels.reshape(1, 16, 16, 1)


def show(figure: Any, alt: str) -> None:
    """Display a matplotlib figure, described by `alt`. The same figure gives the same bytes on every build."""
    import matplotlib.pyplot as plt

    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=150, bbox_inches="tight", metadata={"Software": None})
    plt.close(figure)
    _display(buffer.getvalue(), alt, pixels_per_inch=150)


def show_file(name: str, alt: str) -> None:
    """Display tutorials/pictures/`name`, described by `alt`."""
    _display((HERE / "pictures" / name).read_bytes(), alt, pixels_per_inch=100)


def show_image(image: Any, alt: str) -> None:
    """Display a Pillow image, pixel for pixel, described by `alt`."""
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    _display(buffer.getvalue(), alt, pixels_per_inch=100)


def tell(text: Any, margin: str = "") -> None:
    """Print a sentence, folded so that it fits a page."""
    print(textwrap.fill(str(text), 92, initial_indent=margin, subsequent_indent=f"{margin}    "))


def without_xray() -> str | None:
    """Why a page goes on without xray and the kernels in CUDA C++, which is printed; None where it need not."""
    if reason := emulator.missing():
        said = f"The kernels in CUDA C++ are left out on this page: {reason}"
    else:
        try:
            emulator.compile('extern "C" __global__ void nothing() {}')
            return None
        except errors.InputError as error:
            said = f"xray is left out on this page: {error}"
    print(said)
    return said


def _display(png: bytes, alt: str, pixels_per_inch: int) -> None:
    width = int.from_bytes(png[16:20], "big") * 100 // pixels_per_inch  # a PNG says its width there
    display({"image/png": png, "text/plain": alt}, raw=True, metadata={"image/png": {"alt": alt, "width": width}})


def show_source(thing: Any) -> None:
    """Display the text of a function or class, read from its file now."""
    from pygments.lexers import PythonLexer

    _display_code(inspect.getsource(thing), PythonLexer())


def show_kernel(file: str, *names: str) -> None:
    """Display functions of kernels/`file`, such as "cuda/leaky_relu.cu", read from it now, below the file's name."""
    from pygments.lexers import CudaLexer, PythonLexer

    text = "\n\n".join(kernel_text(file, name) for name in names) + "\n"
    _display_code(text, PythonLexer() if file.endswith(".py") else CudaLexer(), f"kernels/{file}")


def show_lines(file: str, first: str, last: str) -> None:
    """Display a part of kernels/`file`: from its first line that contains `first` to the next that contains `last`."""
    from pygments.lexers import CudaLexer, PythonLexer

    text = lines_between(file, first, last) + "\n"
    _display_code(text, PythonLexer() if file.endswith(".py") else CudaLexer(), f"kernels/{file}")


def lines_between(file: str, first: str, last: str) -> str:
    """Those lines, moved to the left as far as they go; a `#pragma` stands there already."""
    from alicuda.kernel_source import kernels_folder

    lines = (kernels_folder() / file).read_text(encoding="utf-8").splitlines()
    start = next((i for i, line in enumerate(lines) if first in line), None)
    end = None if start is None else next((i for i in range(start, len(lines)) if last in lines[i]), None)
    if end is None:
        raise ValueError(f"kernels/{file} has no lines from {first!r} to {last!r}")
    part = lines[start : end + 1]
    text = textwrap.dedent("\n".join(line for line in part if not line.startswith("#")))
    moved = iter(text.splitlines())
    return "\n".join(line if line.startswith("#") else next(moved) for line in part)


def kernel_text(file: str, name: str) -> str:
    """All functions `name` in kernels/`file`, each with the lines right above it: comments, decorators, `template`."""
    from alicuda.kernel_source import kernels_folder

    lines = (kernels_folder() / file).read_text(encoding="utf-8").splitlines()
    python = file.endswith(".py")
    found = []
    for place, line in enumerate(lines):
        if not re.match(rf"def {name}\(" if python else rf"(?!//)[^\s#].*\b{name}\(|{name}\(", line):
            continue
        first, last = place, place
        while first and (above := lines[first - 1].strip()) and not above.startswith("#"):
            if not above.startswith("//") and above.endswith(("}", ";")):  # the end of another function
                break
            first -= 1
        if python:
            while last + 1 < len(lines) and re.match(r"\s|$", lines[last + 1]):
                last += 1
        else:
            while (body := "\n".join(lines[place : last + 1])).count("{") != body.count("}") or "{" not in body:
                last += 1
        found.append("\n".join(lines[first : last + 1]).rstrip())
    if not found:
        raise ValueError(f"kernels/{file} has no function {name}")
    return "\n\n".join(found)


def _display_code(text: str, lexer: Any, caption: str = "") -> None:
    from pygments import highlight
    from pygments.formatters import HtmlFormatter

    frame, letters = (
        "color: black; padding: 0.5em; overflow-x: auto",
        "font-family: monospace; white-space: pre; margin: 0; color: black; background: transparent",
    )
    page = highlight(text, lexer, HtmlFormatter(noclasses=True, cssstyles=frame, prestyles=letters))
    if caption:
        page = f'<div style="font-family: monospace; opacity: 0.7; margin-bottom: 0.2em">{caption}</div>\n{page}'
        text = f"{caption}\n\n{text}"
    display({"text/html": page, "text/plain": text}, raw=True)
