"""In a real browser no page is wider than its window, and every formula and picture is there."""

from __future__ import annotations

import pytest

from tests.tutorials.pages import PAGES, build, nbformat, screenshots

pytestmark = pytest.mark.full
if reason := screenshots.missing():
    pytest.skip(reason, allow_module_level=True)


@pytest.fixture(scope="module")
def browser():
    with screenshots.browser() as running:
        yield running


@pytest.mark.parametrize("name", PAGES)
def test_page_fits_its_window(browser, name):
    with screenshots.opened(browser, name, screenshots.WIDTHS[0]) as page:
        for width in screenshots.WIDTHS:
            screenshots.resize(page, width)
            assert screenshots.complaints(page) == [], f"at {width} px"


WIDE = "x" * 300
GOOD = [
    nbformat.v4.new_markdown_cell("A formula, $x_1$, and a table.\n\n| a | b |\n|---|---|\n| 1 | 2 |"),
    nbformat.v4.new_code_cell(f"print('{WIDE}')", outputs=[nbformat.v4.new_output("stream", text=WIDE)]),
    nbformat.v4.new_markdown_cell(f"```\n{WIDE}\n```"),
]
PIXEL = "data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA="
BAD = {
    "a formula that does not fit": "$$ " + " + ".join("abcdefghijklmnopqrst") + " $$",
    "a table that does not fit": "| " + " | ".join(["`a_long_name_of_a_thing`"] * 5) + " |\n" + "|---" * 5 + "|\n",
    "a p that does not fit": "an_unbroken_word_" * 6,
    "a img that does not fit": f'<img alt="wide" style="max-width: none; width: 700px; height: 9px" src="{PIXEL}">',
    "a broken formula": r"$\frac{1}{$",
    "a picture that does not load": "![nothing](nowhere.png)",
}


def told(browser, cells, tmp_path, monkeypatch):
    path = tmp_path / "page.ipynb"
    monkeypatch.setattr(build, "notebook_path", lambda name: path)
    path.write_text(nbformat.writes(nbformat.v4.new_notebook(cells=cells)), encoding="utf-8")
    with screenshots.opened(browser, "page", 390) as page:
        return screenshots.complaints(page)


def test_code_and_printed_text_may_be_wide(browser, tmp_path, monkeypatch):
    assert told(browser, GOOD, tmp_path, monkeypatch) == []


def test_what_is_wrong_is_noticed(browser, tmp_path, monkeypatch):
    cells = [nbformat.v4.new_markdown_cell(text) for text in BAD.values()]
    lines = told(browser, [*GOOD, *cells], tmp_path, monkeypatch)
    assert [complaint for complaint in BAD if not any(line.startswith(complaint) for line in lines)] == [], lines
