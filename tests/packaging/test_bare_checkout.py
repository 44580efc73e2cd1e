"""On a machine that has a GPU but not all of our packages, everything can be imported and every test collected."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
FILES = [path for folder in ("alicuda", "benchmarks", "tests") for path in sorted((ROOT / folder).rglob("*.py"))]
NEEDED_SOMEWHERE = {"cuda", "cupy", "elftools", "jupytext", "nbclient", "nbformat", "pooch", "threadpoolctl", "torch"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_what_few_need_is_imported_where_it_is_used(path):
    """A test file asks with `pytest.importorskip`, everything else imports inside a function."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if "importorskip" in ast.unparse(node):
            break
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
        assert not NEEDED_SOMEWHERE & {name.split(".")[0] for name in names}
