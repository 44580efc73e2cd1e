"""python tutorials/build.py [NAME ...] [--check]: make the notebooks, with their outputs, from tutorials/src.

Each page is written as tutorials/src/NN_name.py (jupytext's percent format) and executed in a fresh kernel of the
Python that runs this script. What would change from build to build without meaning anything (times, random ids,
versions) is left out, so that a rebuilt page differs only where its outputs do.

--check writes and runs nothing: it says which notebooks are not what their source says.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import sys
import time
from pathlib import Path

import jupytext
import nbformat
from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode

from alicuda.tutor import exercises

TUTORIALS = Path(__file__).resolve().parent
LARGEST = 1_500_000  # bytes of a notebook
LONGEST = 60  # seconds that a page may take
LONGER = {"12_gan_to_ali": 120, "13_ali_on_svhn": 120}  # they train

# The second cell of every page. Where alicuda imports it does nothing.
INSTALL = """\
import importlib.util

if importlib.util.find_spec("alicuda") is None:
    print("alicuda is not installed here. In a checkout of the repository type: make notebook")"""

METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


# A text cell of a source that holds only {{exercise 02a}} becomes three cells: task, answer, solution.
EXERCISE = re.compile(r"\{\{exercise (\w+)\}\}")
IMPORT_CHECK = "from alicuda.tutor import check"


def names() -> list[str]:
    """The pages in reading order."""
    return sorted(path.stem for path in (TUTORIALS / "src").glob("[0-9][0-9]_*.py"))


def notebook_path(name: str) -> Path:
    return TUTORIALS / f"{name}.ipynb"


def longest(name: str) -> int:
    """Seconds that a page may take."""
    return LONGER.get(name, LONGEST)


def from_source(name: str) -> NotebookNode:
    """The page without outputs. A cell's id is made from its text, so it moves with the cell."""
    notebook = jupytext.read(TUTORIALS / "src" / f"{name}.py", fmt="py:percent")
    notebook.cells.insert(1, nbformat.v4.new_code_cell(INSTALL))
    notebook.cells = with_exercises(notebook.cells)
    notebook.metadata = nbformat.from_dict(METADATA)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    for cell in notebook.cells:
        cell.metadata = nbformat.from_dict({})
        cell.id = hashlib.sha256(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()[:12]
    return notebook


def with_exercises(cells: list[NotebookNode]) -> list[NotebookNode]:
    """The cells, with each {{exercise ID}} as task, answer and folded solution."""
    result: list[NotebookNode] = []
    for cell in cells:
        named = EXERCISE.fullmatch(cell.source.strip()) if cell.cell_type == "markdown" else None
        if named is None:
            result.append(cell)
            continue
        if not any(other.source == IMPORT_CHECK for other in result):  # once a page
            result.append(nbformat.v4.new_code_cell(IMPORT_CHECK))
        result += exercise_cells(named[1])
    return result


def exercise_cells(name: str) -> list[NotebookNode]:
    """The answer's text begins on the cell's second line, so that the lines of a reply are those of the cell."""
    exercise = exercises.find(name)
    answer = f"answer = r'''\n{exercise.start.rstrip()}\n'''\ncheck(\"{exercise.id}\", answer)"
    fence = {"cu": "cpp", "py": "python"}[exercise.language]
    solution = f"```{fence}\n{exercise.solution.rstrip()}\n```"
    parts = ["<details><summary>Solution</summary>", exercise.explanation, solution, "</details>"]
    return [
        nbformat.v4.new_markdown_cell(f"### Exercise {exercise.id}: {exercise.title}\n\n{exercise.task}"),
        nbformat.v4.new_code_cell(answer),
        nbformat.v4.new_markdown_cell("\n\n".join(filter(None, parts))),
    ]


def same_cells(one: NotebookNode, other: NotebookNode) -> bool:
    cells = [[(cell.cell_type, cell.id, cell.source) for cell in notebook.cells] for notebook in (one, other)]
    return cells[0] == cells[1]


class _ThisPython(KernelSpecManager):
    """Whatever kernels are installed on the machine, run the Python that runs this script."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}", "--log-level=ERROR"]
        return KernelSpec(argv=argv, display_name="Python 3", language="python")


def execute(notebook: NotebookNode) -> float:
    """Run every cell in order and keep the outputs. Returns the seconds it took.

    ValueError if a cell raises, and says which: errors shown on purpose are caught and printed by the page.
    """
    started = time.monotonic()
    client = NotebookClient(
        notebook,
        km=AsyncKernelManager(kernel_spec_manager=_ThisPython()),
        timeout=3 * max(LONGEST, *LONGER.values()),
        record_timing=False,
        coalesce_streams=True,
        resources={"metadata": {"path": str(TUTORIALS)}},
    )
    try:
        client.execute(env={**os.environ, "ALICUDA_SCORES": ""})  # nobody's scores are read or written
    except CellExecutionError as error:
        raise ValueError(re.sub(r"\x1b\[[0-9;]*m", "", f"a cell raised an error:\n{error}")) from None
    return time.monotonic() - started


def complaints(notebook: NotebookNode) -> list[str]:
    """What may not be in a committed page."""
    found = []
    for i, cell in enumerate(notebook.cells):
        if cell.cell_type != "code":
            if re.search(r"!\[\s*\]\(|<img(?![^>]*\balt=\"[^\"]+\")", cell.source):
                found.append(f"cell {i}: a picture without alternative text")
            continue
        for output in cell.outputs:
            if output.output_type == "error":
                found.append(f"cell {i}: an output of type error, {output.ename}: {output.evalue}")
                continue
            if output.output_type == "stream" and output.name == "stderr":
                found.append(f"cell {i}: text on stderr: {output.text.strip()[:200]}")
            data = output.get("data", {})
            text = output.get("text", "") + data.get("text/plain", "") + data.get("text/html", "")
            if "image/png" in data and not output.metadata.get("image/png", {}).get("alt"):
                found.append(f"cell {i}: a picture without alternative text; use book.show")
            if path := re.search(r"(?<![\w.])(/(home|root|tmp|work|Users|usr|var|opt|mnt)/\S*|[A-Z]:\\\S*)", text):
                found.append(f"cell {i}: the path {path[0]} of one machine")
            if address := re.search(r"\b0x[0-9a-f]{8,}\b", text):
                found.append(f"cell {i}: {address[0]}, an address in memory, which changes from build to build")
    if (size := len(nbformat.writes(notebook))) > LARGEST:
        found.append(f"{size:,} bytes, at most {LARGEST:,}")
    return found


def build(name: str) -> list[str]:
    """Execute the page and write it. Returns what is wrong with it; a page with anything wrong is not written."""
    notebook = from_source(name)
    try:
        seconds = execute(notebook)
    except ValueError as error:
        return [str(error)]
    wrong = complaints(notebook)
    if seconds > longest(name):
        wrong.append(f"took {seconds:.0f} s, at most {longest(name)}")
    if not wrong:
        nbformat.validate(notebook)
        notebook_path(name).write_text(nbformat.writes(notebook, indent=1) + "\n", encoding="utf-8")
        print(f"{name}: {seconds:.1f} s, {notebook_path(name).stat().st_size:,} bytes", flush=True)
    return wrong


def check(name: str) -> list[str]:
    """What is wrong with the committed page, without running it."""
    path = notebook_path(name)
    if not path.exists():
        return ["it has no notebook yet"]
    notebook = nbformat.read(path, as_version=4)
    drifted = [] if same_cells(notebook, from_source(name)) else [f"{path.name} differs from src/{name}.py"]
    return drifted + complaints(notebook)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python tutorials/build.py", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("name", nargs="*", help="pages to build, such as 08_autograd (default: all)")
    parser.add_argument("--check", action="store_true", help="run nothing; say which notebooks are out of date")
    options = parser.parse_args(arguments)
    if unknown := set(options.name) - set(names()):
        parser.error(f"no such page: {', '.join(sorted(unknown))}; there are {', '.join(names())}")
    status = 0
    for name in options.name or names():
        for complaint in (check if options.check else build)(name):
            print(f"{name}: {complaint}", file=sys.stderr)
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
