"""Each kernel in Python broken in each place, by rule; the cases that Numba's simulator can do notice every one.

barrier      each cuda.syncthreads() is left out
guard        each `<` becomes `<=`, each `>=` becomes `>`
accumulate   each `+=` becomes `=`
index        each `//` becomes `%`, and each `%` becomes `//`
"""

import ast
import importlib
import shutil
import sys
import warnings
from types import ModuleType

import pytest

from alicuda import backends, numba_kernels, numba_simulator
from alicuda.kernel_source import kernels_folder
from tests import available
from tests.backends.cases import CASES
from tests.kernels import checks

FOLDER = kernels_folder() / "numba"
SWAPPED = {ast.Lt: ast.LtE, ast.GtE: ast.Gt, ast.FloorDiv: ast.Mod, ast.Mod: ast.FloorDiv}
EQUIVALENT = {
    ("sigmoid.py", "x >= 0", "x > 0"): "at 0 both sides are 1",
    ("dropout.py", "word >= threshold", "word > threshold"): "they differ for one word in four thousand million",
}
MORE = {
    "philox.py": {"uniform"},
    "batch_norm_shared.py": {"batch_norm", "batch_norm_grad"},
    "conv2d_shared.py": {"conv2d"},
}


def mutants(tree):
    """(line, before, after, text of the file) for each place; the tree is as before in the end."""
    for node in ast.walk(tree):
        before = ast.unparse(node)
        if isinstance(node, ast.Compare) and type(node.ops[0]) in SWAPPED:
            field, kept, instead = "ops", node.ops, [SWAPPED[type(node.ops[0])]()]
        elif isinstance(node, ast.BinOp) and type(node.op) in SWAPPED:
            field, kept, instead = "op", node.op, SWAPPED[type(node.op)]()
        elif isinstance(node, ast.Expr) and before == "cuda.syncthreads()":
            field, kept, instead = "value", node.value, ast.Constant(None)
        elif isinstance(node, ast.FunctionDef):
            yield from accumulations(tree, node)
            continue
        else:
            continue
        setattr(node, field, instead)
        yield node.lineno, before, ast.unparse(node), ast.unparse(tree)
        setattr(node, field, kept)


def accumulations(tree, function):
    bodies = [owner.body for owner in ast.walk(function) if isinstance(getattr(owner, "body", None), list)]
    for body in bodies:
        for i, node in enumerate(body):
            if isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add):
                body[i] = ast.Assign([node.target], node.value, lineno=node.lineno)
                yield node.lineno, ast.unparse(node), ast.unparse(body[i]), ast.unparse(tree)
                body[i] = node


ALL = [
    pytest.param(path.name, before, after, text, id=f"{path.stem}:{line}: {before} -> {after}")
    for path in sorted(FOLDER.glob("*.py"))
    for line, before, after, text in mutants(ast.parse(path.read_text(encoding="utf-8")))
]


def checks_of(file):
    primitives = MORE.get(file) or checks.PRIMITIVES[file.replace(".py", ".cu")]
    small = [case for case in CASES if case.primitive.split("-")[0].split("(")[0] in primitives and case.tiny]
    if file.endswith("_shared.py"):
        small = [case for case in small if case.size <= 600]
    return [*(case.check for case in small), *([checks.watch] if file == "bookkeeping.py" else [])]


@pytest.fixture
def broken(monkeypatch, tmp_path):
    """A function that loads the kernels with one file broken, and gives the backend that launches them."""
    if not available.only_simulated("numba"):
        pytest.skip("numba: mutants run in its simulator only: on a GPU they might do anything")
    available.backend("numba")
    from alicuda.backends.numba_ import Numba

    package = ModuleType("mutant")
    package.__path__ = [str(tmp_path)]

    def load(name):
        module = importlib.import_module(f"mutant.{name}")
        for key, loaded in list(sys.modules.items()):
            if key.startswith("mutant."):
                numba_simulator.prepare(loaded)
        return module

    def use(file, text):
        shutil.copytree(FOLDER, tmp_path, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
        (tmp_path / file).write_text(text, encoding="utf-8")
        monkeypatch.setitem(sys.modules, "mutant", package)
        monkeypatch.setattr(numba_kernels, "load", load)
        return Numba(shared=True) if file.endswith("_shared.py") else backends.get("numba")

    yield use
    for key in [key for key in sys.modules if key.startswith("mutant.")]:
        del sys.modules[key]


def passes(backend, file):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of NumPy, about what mutants compute
        for check in checks_of(file):
            try:
                check(backend)
            except Exception:  # whatever a broken kernel makes of it
                return False
    return True


@pytest.mark.full
@pytest.mark.parametrize(("file", "before", "after", "text"), ALL)
def test_a_broken_kernel_is_noticed(file, before, after, text, broken):
    assert passes(broken(file, text), file) is ((file, before, after) in EQUIVALENT)


@pytest.mark.parametrize("file", ["batch_norm_shared.py", "sigmoid.py"])
def test_what_is_not_broken_passes(file, broken):
    assert passes(broken(file, (FOLDER / file).read_text(encoding="utf-8")), file)


def test_the_rules_find_every_place():
    lines = [
        "def f(x, n):",
        "  if n < 3:",
        "    cuda.syncthreads()",
        "    x[n // 2] += n % 2",
        "  elif n >= 2:",
        "    n",
    ]
    found = [(line, before, after) for line, before, after, _ in mutants(ast.parse("\n".join(lines)))]
    assert sorted(found) == [
        (2, "n < 3", "n <= 3"),
        (3, "cuda.syncthreads()", "None"),
        (4, "n % 2", "n // 2"),
        (4, "n // 2", "n % 2"),
        (4, "x[n // 2] += n % 2", "x[n // 2] = n % 2"),
        (5, "n >= 2", "n > 2"),
    ]
