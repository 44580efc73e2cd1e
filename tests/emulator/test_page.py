"""docs/emulator.md: its Python blocks run, one after the other, and print what the page says."""

import re
from pathlib import Path

import pytest

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


@pytest.mark.parametrize("pattern", refused.REFUSED)
def test_what_is_refused_is_on_the_page(pattern):
    table = PAGE[PAGE.index("## What is refused") : PAGE.index("## Where it has run")]
    words = re.findall(r"[a-zA-Z_]{3,}|<<<", pattern.replace("\\b", " "))
    assert any(word.strip("_").lower() in table.lower() for word in words), words
