"""docs/emulator.md and the package's docstring: their Python runs, and prints what the page says."""

import re
import textwrap
from pathlib import Path

import numpy as np
import pytest

from alicuda import emulator
from alicuda.emulator import refused

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "emulator.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def test_the_blocks_of_the_page(capsys):
    names = {}
    for kind, text in BLOCKS:
        if kind == "python":
            exec(compile(text, "docs/emulator.md", "exec"), names)
        else:
            assert capsys.readouterr().out == text
    assert len(BLOCKS) == 4


def test_the_docstring():
    names = {}
    exec(
        textwrap.dedent(emulator.__doc__[emulator.__doc__.index("    import") : emulator.__doc__.index("One CUDA")]),
        names,
    )
    np.testing.assert_allclose(names["y"], np.where(names["x"] > 0, names["x"], 0.01 * names["x"]), rtol=1e-6)


@pytest.mark.parametrize("row", refused.REFUSED, ids=lambda row: row.name)
def test_what_is_refused_is_on_the_page(row):
    assert re.search(row.pattern, row.name + "("), "the name is one that it refuses"
    table = PAGE[PAGE.index("## What is refused") : PAGE.index("## Where it has run")]
    first_column = [line.split("|")[1] for line in table.splitlines() if line.startswith("| ")]
    assert any(f"`{row.name}`" in cell for cell in first_column)
