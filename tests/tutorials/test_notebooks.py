"""The pages are what their sources say and run from top to bottom, also where something is missing."""

from __future__ import annotations

import os

import pytest

from tests.tutorials.pages import PAGES, TUTORIALS, build, nbformat, read

IN_MAKE_TEST = ("00_start_here", "01_one_thread_one_number", "08_autograd")  # the others run in `make test-all`
TOGETHER_IN_MAKE_TEST_S, TOGETHER_S = 60, 420


def shown_sources(notebook: nbformat.NotebookNode) -> list[str]:
    """The pieces of the library that a page shows."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return [output.data["text/plain"] for output in outputs if "text/html" in output.get("data", {})]


def test_each_source_has_a_notebook_and_each_notebook_a_source():
    assert [path.stem for path in sorted(TUTORIALS.glob("*.ipynb"))] == PAGES


@pytest.mark.parametrize("name", PAGES)
def test_committed_notebook_is_its_source_and_has_nothing_that_should_not_be_there(name):
    assert build.check(name) == [], f"python tutorials/build.py {name} makes it anew"


@pytest.mark.parametrize("name", PAGES)
def test_committed_notebook_was_run_from_top_to_bottom(name):
    counts = [cell.execution_count for cell in read(name).cells if cell.cell_type == "code"]
    assert counts == list(range(1, len(counts) + 1))


@pytest.fixture
def together(tmp_path_factory):
    """Enters a page's seconds, and returns those of all pages so far, in whatever process they ran."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "seconds-of-pages"
    folder.mkdir(exist_ok=True)

    def enter(name: str, seconds: float) -> dict[str, float]:
        (folder / f"{name}.partial").write_text(str(seconds), "utf-8")
        (folder / f"{name}.partial").rename(folder / name)
        return {path.name: float(path.read_text("utf-8")) for path in folder.iterdir() if path.name in PAGES}

    return enter


@pytest.mark.parametrize(
    "name", [name if name in IN_MAKE_TEST else pytest.param(name, marks=pytest.mark.full) for name in PAGES]
)
def test_page_runs(name, capsys, together):
    notebook = build.from_source(name)
    seconds = build.execute(notebook)
    all_so_far = together(name, seconds)
    with capsys.disabled():
        print(f"\n{name}: {seconds:.1f} s", end="")
    assert seconds < build.longest(name)
    assert sum(all_so_far.values()) < TOGETHER_S, all_so_far
    in_make_test = {page: taken for page, taken in all_so_far.items() if page in IN_MAKE_TEST}
    assert sum(in_make_test.values()) < TOGETHER_IN_MAKE_TEST_S, in_make_test
    assert [line for line in build.complaints(notebook) if "of one machine" not in line] == []
    assert shown_sources(read(name)) == shown_sources(notebook), f"the library has changed: build {name} anew"


HIDE = """
import sys

class Hiding:
    def __init__(self, finder):
        self.finder = finder

    def __getattr__(self, name):
        return getattr(self.finder, name)

    def find_spec(self, name, path=None, target=None):
        return None if name.partition(".")[0] in {names} else self.finder.find_spec(name, path, target)

sys.meta_path[:] = [Hiding(finder) for finder in sys.meta_path]
"""
NO_NUMBA, NO_LINES, NO_COMPILER = "Numba is not installed", "pip install pyelftools", "CUDA C++ are left out"
NOTHING = "none of these"


LESS = {  # what is hidden, and which of the three sentences a page then prints
    "no Numba": (["numba"], [NO_NUMBA]),
    "no line numbers": (["elftools"], [NO_LINES]),
    "no ziglang": (["ziglang"], [NO_COMPILER]),
    NOTHING: (["numba", "elftools", "ziglang"], [NO_NUMBA, NO_COMPILER]),
}
KERNEL_PAGES = [name for name in PAGES if "01" <= name < "12"]


def tried(name):
    """Two pages are tried with everything, those with xray's lines also without them, and all without anything."""
    return [less for less in LESS if name < "03" or (less == "no line numbers" and name < "08") or less == NOTHING]


WITHOUT = [(name, less) for name in KERNEL_PAGES for less in tried(name)]


@pytest.mark.full
@pytest.mark.parametrize(("name", "less"), WITHOUT)
def test_page_goes_on_without(name, less, tmp_path, monkeypatch):
    absent, said = LESS[less]
    (tmp_path / "sitecustomize.py").write_text(HIDE.format(names=set(absent)), encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("ALICUDA_CACHE", str(tmp_path))
    if "ziglang" in absent:  # nor any other compiler
        monkeypatch.setenv("PATH", str(tmp_path))
        monkeypatch.delenv("CXX", raising=False)
    notebook = build.from_source(name)
    build.execute(notebook)
    if "numba" not in "".join(cell.source for cell in notebook.cells if cell.cell_type == "code"):  # no kernel in Numba
        said = [text for text in said if text != NO_NUMBA]
    printed = "".join(o.text for cell in notebook.cells for o in cell.get("outputs", []) if o.output_type == "stream")
    assert [text for text in (NO_NUMBA, NO_LINES, NO_COMPILER) if text in printed] == said, printed
