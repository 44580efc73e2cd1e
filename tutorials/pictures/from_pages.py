"""python tutorials/pictures/from_pages.py: pictures for the README, taken from the pages as they are committed.

Each is found by how its description begins, and written into docs/pictures. Prints the lines that show it.
"""

from __future__ import annotations

import base64
import sys
from pathlib import Path

import nbformat

TUTORIALS = Path(__file__).resolve().parents[1]
DOCS = TUTORIALS.parent / "docs" / "pictures"
TAKEN = {  # the file: the page, and how the description of its picture begins
    "edges.png": ("00_start_here", "The digit 2; its left and right edges"),
    "transpose.png": ("02_memory", "One warp of the transpose"),
}


def picture(page: str, begins: str) -> tuple[bytes, str]:
    """A picture of a committed page, and its description."""
    notebook = nbformat.read(TUTORIALS / f"{page}.ipynb", as_version=4)
    for output in (output for cell in notebook.cells for output in cell.get("outputs", [])):
        alt = output.get("metadata", {}).get("image/png", {}).get("alt", "")
        if alt.startswith(begins):
            return base64.b64decode(output.data["image/png"]), alt
    raise ValueError(f"{page} has no picture whose description begins with {begins!r}")


def main() -> int:
    for file, (page, begins) in TAKEN.items():
        content, alt = picture(page, begins)
        (DOCS / file).write_bytes(content)
        print(f"![{alt}](docs/pictures/{file})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
