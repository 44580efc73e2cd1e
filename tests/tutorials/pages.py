"""The pages, for the tests of this folder; without the tutorials' tools these are skipped."""

from __future__ import annotations

import re
import sys
from functools import cache
from pathlib import Path

import pytest

pytest.importorskip("jupytext", reason="the tutorials' tools are not installed: pip install -e .[test]")
pytest.importorskip("nbclient", reason="the tutorials' tools are not installed: pip install -e .[test]")
import nbformat

ROOT = Path(__file__).resolve().parents[2]
TUTORIALS = ROOT / "tutorials"
sys.path.insert(0, str(TUTORIALS))
import book  # noqa: E402
import build  # noqa: E402
import screenshots  # noqa: E402

__all__ = [
    "ALL",
    "PAGES",
    "ROOT",
    "TUTORIALS",
    "book",
    "build",
    "claims",
    "markdown",
    "nbformat",
    "read",
    "screenshots",
]

PAGES = build.names()
ALL = (
    "00_start_here", "01_one_thread_one_number", "02_memory", "03_shared_memory_and_barriers", "04_reduction_and_warps",
    "05_matmul", "06_convolution", "07_transposed_convolution", "08_autograd", "09_random_numbers",
    "10_reparameterisation", "11_batch_norm_maxout_adam", "12_gan_to_ali", "13_ali_on_svhn", "14_your_own",
)  # fmt: skip


def read(name: str) -> nbformat.NotebookNode:
    return nbformat.read(str(build.notebook_path(name)), as_version=4)


@cache
def markdown(name: str) -> tuple[str, ...]:
    """The text cells of a page, from its source."""
    return tuple(cell.source for cell in build.from_source(name).cells if cell.cell_type == "markdown")


def claims(name: str) -> set[str]:
    """The files of the house that a page's last part says one can now read."""
    _, _, last = "\n\n".join(markdown(name)).partition("## You can now read")
    paths = [(TUTORIALS / target).resolve() for target in re.findall(r"\]\(([^)#\s]+)", last) if ":" not in target]
    return {path.relative_to(ROOT).as_posix() for path in paths if path.is_relative_to(ROOT)}
