"""A page can show a part of a kernel, read from its file."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

pytest.importorskip("IPython", reason="the tutorials' tools are not installed: pip install -e .[test]")

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tutorials"))
import book

FILE = "ladders/matmul/02_coalesced.cu"


def test_shown_lines_begin_and_end_where_they_are_told_and_stand_at_the_left():
    shown = book.lines_between(FILE, "float sum", "c[row").splitlines()
    assert len(shown) == 3
    assert shown[0] == "float sum = 0.0f;" and shown[-1].startswith("c[row * N")


def test_a_pragma_in_the_first_column_holds_nobody_back():
    shown = book.lines_between("ladders/matmul/04_register_tile_1d.cu", "for (int k = 0;", "__syncthreads").splitlines()
    assert shown[0].startswith("for (int k") and shown[1].startswith("    float b_number")
    assert shown[2] == "#pragma unroll" and shown[3].startswith("    for (int i")


@pytest.mark.parametrize("first, last", [("nowhere", "c[row"), ("c[row", "float sum")])
def test_lines_that_are_not_there_are_an_error_that_names_them(first, last):
    with pytest.raises(ValueError, match=re.escape(f"{FILE} has no lines from '{first}' to '{last}'")):
        book.lines_between(FILE, first, last)
