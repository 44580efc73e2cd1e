"""No page uses a word before it is explained: a word in bold is a new word, and the glossary knows it."""

from __future__ import annotations

import re

import pytest

from tests.tutorials.pages import PAGES, TUTORIALS, markdown


def glossary() -> dict[str, str]:
    """Each term, and the page that introduces it."""
    text = (TUTORIALS / "glossary.md").read_text("utf-8").replace(r"\|", "\0")  # a bar inside a cell
    rows = re.findall(r"^\| ([^|]+?) \|[^|]+\| \[(\w+)\]", text, re.MULTILINE)
    assert rows
    return {term.replace("\0", "|"): page for term, page in rows}


def prose(text: str) -> str:
    """Text without code, formulas and the targets of links."""
    text = re.sub(r"```.*?```|`[^`]*`|\$\$.*?\$\$|\$[^$\n]*\$", " ", text, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"\]\([^)]*\)|<[^>]*>", " ", text))


def uses(term: str, text: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(term)}(e?s)?(?!\w)", text, re.IGNORECASE) is not None


def new_words(name: str) -> list[str]:
    return re.findall(r"\*\*(.+?)\*\*", prose("\n\n".join(markdown(name))))


def test_glossary_is_sorted_and_knows_every_new_word():
    terms = glossary()
    assert list(terms) == sorted(terms, key=str.lower)
    assert set(terms.values()) <= set(PAGES)
    introduced = [(word, name) for name in PAGES for word in new_words(name)]
    assert sorted(introduced) == sorted(terms.items())


@pytest.mark.parametrize("term", glossary())
def test_no_page_uses_a_term_before_the_one_that_introduces_it(term):
    page = glossary()[term]
    early = [name for name in PAGES[: PAGES.index(page)] if uses(term, prose("\n\n".join(markdown(name))))]
    assert early == [], f"{term!r} is explained only in {page}"
    # On its own page it is first met in bold; only title, list of contents and headings may come before.
    text = prose("\n\n".join(re.sub(r"^#.*$", "", cell, flags=re.MULTILINE) for cell in markdown(page)[1:]))
    assert not uses(term, text[: text.index(f"**{term}**")])
