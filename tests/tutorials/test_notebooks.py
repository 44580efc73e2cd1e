"""The pages are what their sources say, run to the end, link to what exists, and use no word before it is explained."""

from __future__ import annotations

import re
import sys
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

PAGES = build.names()
IN_MAKE_TEST = (
    "00_start_here",
    "01_one_thread_one_number",
    "08_autograd",
)  # three at most; the others run in `make test-all`


def read(name: str) -> nbformat.NotebookNode:
    return nbformat.read(str(build.notebook_path(name)), as_version=4)


def markdown(name: str) -> list[str]:
    """The text cells of a page, from its source."""
    return [cell.source for cell in build.from_source(name).cells if cell.cell_type == "markdown"]


def solutions(name: str) -> list[str]:
    """The code in the parts of a page that fold out."""
    folded = re.findall(r"<details>(.*?)</details>", "\n\n".join(markdown(name)), re.DOTALL)
    return [code for part in folded for code in re.findall(r"```python\n(.*?)```", part, re.DOTALL)]


def shown_sources(notebook: nbformat.NotebookNode) -> list[str]:
    """The pieces of the library that a page shows."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return [output.data["text/plain"] for output in outputs if "text/html" in output.get("data", {})]


# -- sources and notebooks ----------------------------------------------------------------------------------------


def test_each_source_has_a_notebook_and_each_notebook_a_source():
    assert [path.stem for path in sorted(TUTORIALS.glob("*.ipynb"))] == PAGES


@pytest.mark.parametrize("name", PAGES)
def test_committed_notebook_is_its_source_and_has_nothing_that_should_not_be_there(name):
    assert build.check(name) == [], f"python tutorials/build.py {name} makes it anew"


@pytest.mark.parametrize("name", PAGES)
def test_committed_notebook_was_run_from_top_to_bottom(name):
    counts = [cell.execution_count for cell in read(name).cells if cell.cell_type == "code"]
    assert counts == list(range(1, len(counts) + 1))


@pytest.mark.parametrize(
    "name", [name if name in IN_MAKE_TEST else pytest.param(name, marks=pytest.mark.full) for name in PAGES]
)
def test_page_and_the_solutions_of_its_exercises_run(name, capsys):
    notebook = build.from_source(name)
    notebook.cells += [nbformat.v4.new_code_cell(solution) for solution in solutions(name)]
    seconds = build.execute(notebook)
    with capsys.disabled():
        print(f"\n{name}: {seconds:.1f} s", end="")
    assert seconds < build.LONGEST
    assert [line for line in build.complaints(notebook) if "of one machine" not in line] == []
    assert shown_sources(read(name)) == shown_sources(notebook), f"the library has changed: build {name} anew"


# -- without Numba, without a compiler: the kernels' pages say so and go on ------------------------------------------

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


@pytest.mark.full
@pytest.mark.parametrize("name", [name for name in PAGES if "01" <= name < "08"])
@pytest.mark.parametrize(
    "absent, said",
    [
        (["numba"], [NO_NUMBA]),
        (["elftools"], [NO_LINES]),
        (["ziglang"], [NO_COMPILER]),
        (["numba", "elftools", "ziglang"], [NO_NUMBA, NO_COMPILER]),
    ],
)
def test_page_goes_on_without(name, absent, said, tmp_path, monkeypatch):
    (tmp_path / "sitecustomize.py").write_text(HIDE.format(names=set(absent)), encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("ALICUDA_CACHE", str(tmp_path))
    if "ziglang" in absent:  # nor any other compiler
        monkeypatch.setenv("PATH", str(tmp_path))
        monkeypatch.delenv("CXX", raising=False)
    notebook = build.from_source(name)
    build.execute(notebook)
    if "numba_kernels" not in "".join(cell.source for cell in notebook.cells):  # the page has no kernel in Numba
        said = [text for text in said if text != NO_NUMBA]
    printed = "".join(o.text for cell in notebook.cells for o in cell.get("outputs", []) if o.output_type == "stream")
    assert [text for text in (NO_NUMBA, NO_LINES, NO_COMPILER) if text in printed] == said, printed


# -- what the builder refuses -----------------------------------------------------------------------------------------

BAD_OUTPUTS = {
    "type error": nbformat.v4.new_output("error", ename="ValueError", evalue="no", traceback=[]),
    "stderr": nbformat.v4.new_output("stream", name="stderr", text="a warning"),
    "alternative text": nbformat.v4.new_output("display_data", data={"image/png": "AAAA"}),
    "of one machine": nbformat.v4.new_output("stream", name="stdout", text="read /home/somebody/data"),
    "address in memory": nbformat.v4.new_output("stream", name="stdout", text="<thing at 0x7f0000000000>"),
    "at most": nbformat.v4.new_output("stream", name="stdout", text="x" * build.LARGEST),
}


@pytest.mark.parametrize("complaint", BAD_OUTPUTS)
def test_builder_refuses(complaint):
    cell = nbformat.v4.new_code_cell("", outputs=[BAD_OUTPUTS[complaint]])
    assert any(complaint in line for line in build.complaints(nbformat.v4.new_notebook(cells=[cell])))


def test_builder_refuses_a_picture_in_the_text_without_a_description():
    cells = [nbformat.v4.new_markdown_cell(text) for text in ("![](a.png)", '<img src="a.png">', "![seen](a.png)")]
    assert len(build.complaints(nbformat.v4.new_notebook(cells=cells))) == 2


def test_builder_refuses_a_cell_that_raises():
    cells = [nbformat.v4.new_code_cell("raise ValueError('on purpose')")]
    with pytest.raises(ValueError, match="on purpose"):
        build.execute(nbformat.v4.new_notebook(cells=cells))


# -- kernels that a page shows from their files -----------------------------------------------------------------------


def test_shown_kernel_comes_whole_with_what_stands_above_it():
    shown = book.kernel_text("numba/leaky_relu.py", "leaky_relu").splitlines()
    assert shown[:2] == ["@cuda.jit", "def leaky_relu(x, y, size, slope):"] and len(shown) == 5
    shown = book.kernel_text("cuda/leaky_relu.cu", "leaky_relu").splitlines()
    assert shown[0].startswith('extern "C" __global__') and shown[-1] == "}" and len(shown) == 7
    assert len(book.kernel_text("cuda/elementwise.cuh", "my_element").splitlines()) == 1
    shown = book.kernel_text("cuda/elementwise.cuh", "map").splitlines()
    assert shown.count("}") == shown.count("template <typename F>") == 2 and shown[0].startswith("// y = f(a),")


def test_showing_a_kernel_that_is_not_there_says_so():
    with pytest.raises(ValueError, match=r"cuda/leaky_relu\.cu has no function relu"):
        book.kernel_text("cuda/leaky_relu.cu", "relu")


@pytest.mark.parametrize("path", sorted((ROOT / "kernels").glob("*/*.*")), ids=lambda path: path.name)
def test_every_kernel_can_be_shown(path):
    text = path.read_text("utf-8")
    python = path.suffix == ".py"
    pattern = r"^@cuda\.jit\ndef (\w+)" if python else r"__global__ void(?: __launch_bounds__\(.*?\))?\s+(\w+)\("
    for kernel in re.findall(pattern, text, re.MULTILINE):
        shown = book.kernel_text(f"{path.parent.name}/{path.name}", kernel)
        assert shown in text and f"{kernel}(" in shown
        assert len(re.findall(pattern, shown, re.MULTILINE)) == 1


# -- links ----------------------------------------------------------------------------------------------------------


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


# -- glossary: a word in bold is a new word, and no page uses it before ----------------------------------------------


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
