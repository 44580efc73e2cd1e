"""The README of the book: a row a page, and courses whose minutes, order and homework are right."""

from __future__ import annotations

import re

import pytest

from alicuda.tutor import exercises
from tests.tutorials.pages import ALL, ROOT, TUTORIALS, markdown
from tutorials.pictures import from_pages

TEXT = (TUTORIALS / "README.md").read_text("utf-8")
EXERCISES = {exercise.id: exercise.page for exercise in exercises.every()}


def tables(text: str) -> dict[str, list[list[str]]]:
    """Each table's rows of cells, under the first cell of its head."""
    found = {}
    for table in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        head, _, *rows = [[cell.strip() for cell in line.strip("|\n").split(" | ")] for line in table.splitlines()]
        found[head[0]] = rows
    return found


def numbers(cell: str) -> list[str]:
    """The pages that a cell names."""
    return re.findall(r"\b\d\d\b", cell)


TABLES = tables(TEXT)
PAGES_TABLE = {row[0][1:3]: row for row in TABLES["page"]}
COURSES = {name: rows for name, rows in TABLES.items() if name.startswith(("one evening", "one day", "six weeks"))}


def test_all_fifteen_pages_have_a_row_in_their_order():
    assert [re.match(r"\[(\w+)\]", row[0])[1] for row in TABLES["page"]] == list(ALL)


@pytest.mark.parametrize("page", PAGES_TABLE)
def test_row_says_what_its_page_says(page):
    link, minutes, needs, learns, ids = PAGES_TABLE[page]
    name = re.match(r"\[(\w+)\]\(\1\.ipynb\)$", link)[1]
    told = re.search(r"\((\d+) minutes", markdown(name)[0] + "".join(markdown(name)[1:2]))
    assert told is not None and told[1] == minutes, f"the page says {told and told[1]} minutes"
    assert needs and learns
    assert ids.split(", ") == [exercise for exercise, of in EXERCISES.items() if of == page]


def test_there_are_three_courses_and_the_longest_is_the_whole_book():
    assert len(COURSES) == 3
    assert numbers(" ".join(row[1] for row in [*COURSES.values()][2])) == list(PAGES_TABLE)


def wrong_in_course(rows: list[list[str]]) -> list[str]:
    """What does not add up, comes too early, or is no exercise."""
    wrong, read = [], {"00"}
    for what, pages, minutes, homework in rows:
        for page in numbers(pages):
            missing = set(numbers(PAGES_TABLE[page][2])) - read
            wrong += [f"{what}: {page} needs {', '.join(sorted(missing))}"] if missing else []
            read.add(page)
        total = sum(int(PAGES_TABLE[page][1]) for page in numbers(pages))
        wrong += [f"{what}: {total} minutes"] if total != int(minutes) else []
        ids = homework.split(", ")
        wrong += [f"{what}: {exercise}" for exercise in ids if EXERCISES.get(exercise) not in read]
    return wrong


@pytest.mark.parametrize("name", COURSES)
def test_course_adds_up(name):
    assert wrong_in_course(COURSES[name]) == []


def test_a_course_that_does_not_add_up_is_noticed():
    rows = [["first", "00, 02", "44", "00a, 03a, 00z"]]
    assert wrong_in_course(rows) == ["first: 02 needs 01", "first: 45 minutes", "first: 03a", "first: 00z"]


# -- the pictures of the main README ----------------------------------------------------------------------------------


@pytest.mark.parametrize("file", from_pages.TAKEN)
def test_picture_of_the_main_readme_is_the_pages(file):
    content, alt = from_pages.picture(*from_pages.TAKEN[file])
    assert f"![{alt}](docs/pictures/{file})" in (ROOT / "README.md").read_text("utf-8")
    assert (ROOT / "docs" / "pictures" / file).read_bytes() == content, "python tutorials/pictures/from_pages.py"


def test_a_picture_that_no_page_has_is_an_error():
    with pytest.raises(ValueError, match="02_memory has no picture"):
        from_pages.picture("02_memory", "A cat")
