"""Links of the pages lead somewhere, and whoever has read the book has read the program."""

from __future__ import annotations

import re

import pytest

from alicuda.tutor import exercises
from tests.tutorials.pages import ALL, PAGES, ROOT, TUTORIALS, claims, markdown

COMING = set(ALL) - set(PAGES)  # pages that are being written

# Whoever finishes the book has read these.
PATTERNS = ("alicuda/ops/*.py", "kernels/cuda/*.cu*", "kernels/numba/*.py")
ALONE = ("alicuda/tensor.py", "alicuda/philox.py", "alicuda/models/ali.py")
FILES = [*sorted(path.relative_to(ROOT).as_posix() for pattern in PATTERNS for path in ROOT.glob(pattern)), *ALONE]
# Those that no page claims yet. Take a file out as soon as a page has it: the test asks for that.
NOT_YET = []


def anchors(text: str) -> set[str]:
    """What `#...` may follow a link to this text: its headings, as code hosts write them."""
    headings = re.findall(r"^#+ +(.+?) *$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def dead_links(text: str) -> list[str]:
    """The relative links in a page or Markdown file of tutorials/ that lead nowhere."""
    text = re.sub(r"```.*?```|`[^`]*`", "", text, flags=re.DOTALL)
    found = []
    for target in re.findall(r"\]\(([^)\s]+)[^)]*\)|<(?:img|a)[^>]*(?:src|href)=\"([^\"]+)\"", text):
        link = target[0] or target[1]
        if re.match(r"[a-z]+:", link):
            continue
        file, _, anchor = link.partition("#")
        path = (TUTORIALS / file).resolve() if file else None
        if file.removesuffix(".ipynb") in COMING:
            continue
        if path is not None and not (path.exists() and path.is_relative_to(ROOT)):
            found.append(link)
        elif anchor:
            page = path is not None and path.suffix == ".ipynb"
            there = text if path is None else "\n".join(markdown(path.stem)) if page else path.read_text("utf-8")
            if anchor not in anchors(there):
                found.append(link)
    return found


@pytest.mark.parametrize("name", [*PAGES, "README.md", "glossary.md"])
def test_links_lead_somewhere(name):
    text = (TUTORIALS / name).read_text("utf-8") if name.endswith(".md") else "\n\n".join(markdown(name))
    assert dead_links(text) == []


def test_the_link_test_can_fail():
    text = "# Here\n[a](nowhere.md) [b](#there) [c](README.md#nothing) [d](#here) [e](README.md) [f](https://x.org)"
    assert dead_links(text) == ["nowhere.md", "#there", "README.md#nothing"]


def test_readme_lists_all_pages_in_order():
    listed = re.findall(r"^\| *\[\w+\]\((\w+)\.ipynb\)", (TUTORIALS / "README.md").read_text("utf-8"), re.MULTILINE)
    assert listed == PAGES


def test_pages_are_those_of_the_book():
    assert [name for name in ALL if name in PAGES] == PAGES


# -- you can now read -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PAGES)
def test_page_says_what_one_can_now_read(name):
    assert claims(name) - {"tutorials/glossary.md", "tutorials/README.md"}


def test_every_file_of_kernels_and_ops_is_claimed_by_a_page():
    claimed = set().union(*map(claims, PAGES))
    assert [path for path in FILES if path not in claimed] == NOT_YET


# -- exercises --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PAGES)
def test_page_has_its_exercises_in_order(name):
    there = [exercise.id for exercise in exercises.every() if exercise.page == name[:2]]
    used = re.findall(r"^### Exercise (\w+):", "\n".join(markdown(name)), re.MULTILINE)
    assert used == there and 2 <= len(used) <= 3


def test_every_exercise_has_its_page():
    assert {exercise.page for exercise in exercises.every()} <= {name[:2] for name in ALL}


def test_what_an_exercise_is_given_stands_in_its_page_as_it_is():
    for exercise in exercises.every():
        given = exercise.folder / "given.py"
        pages = [name for name in PAGES if name[:2] == exercise.page]
        if not given.exists() or not pages:
            continue
        page = (TUTORIALS / "src" / f"{pages[0]}.py").read_text("utf-8")
        parts = re.split(r"\n\n\n", given.read_text("utf-8").strip())[1:]  # behind the imports
        assert parts and [part for part in parts if part not in page] == [], f"{given} has drifted from {pages[0]}"
