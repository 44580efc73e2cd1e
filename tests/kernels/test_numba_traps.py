"""What Numba's simulator would not notice in `kernels/numba/`, looked for in the text."""

import ast

import pytest

from alicuda.kernel_source import kernels_folder

FILES = sorted((kernels_folder() / "numba").glob("*.py"))


def calls(tree, name):
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func) == name]


def shared_arrays_on_one_line(tree):
    lines = [call.lineno for call in calls(tree, "cuda.shared.array")]
    return sorted({line for line in lines if lines.count(line) > 1})


def barriers_not_for_all(tree):
    """Lines of barriers, or of calls of a function that has some, behind an `if`; of returns above a later barrier; and
    of loops around barriers that threads may leave at different times, or whose ends depend on the thread."""
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    waiting = {"cuda.syncthreads"}
    waiting |= {function.name for function in functions if calls(function, "cuda.syncthreads")}
    wrong = []
    for function in functions:
        barriers = [call for name in waiting for call in calls(function, name)]
        for node in ast.walk(function):
            held = [barrier for barrier in barriers if barrier in ast.walk(node)]
            if isinstance(node, ast.If | ast.IfExp) and held:
                wrong += [barrier.lineno for barrier in held]
            elif isinstance(node, ast.Return) and any(barrier.lineno > node.lineno for barrier in barriers):
                wrong.append(node.lineno)
            elif isinstance(node, ast.For | ast.While) and held:
                ends = node.iter if isinstance(node, ast.For) else node.test
                names = {name.id for name in ast.walk(ends) if isinstance(name, ast.Name)}
                leaves = any(isinstance(inner, ast.Break | ast.Continue) for inner in ast.walk(node))
                if leaves or "threadIdx" in ast.unparse(ends) or names & threads_own(function):
                    wrong.append(node.lineno)
    return sorted(set(wrong))


def threads_own(function):
    """Names that hold a different number in each thread of a block, as far as one assignment tells."""
    own = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            value = ast.unparse(node.value)
            if "threadIdx" in value or "cuda.grid" in value:
                own.add(node.targets[0].id)
    return own


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_simulator_would_not_tell(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert shared_arrays_on_one_line(tree) == []
    assert barriers_not_for_all(tree) == []
    for call in calls(tree, "cuda.jit"):
        assert not call.args, "signatures are left to Numba"
    assert "from numba import cuda" in ast.unparse(tree), "the simulator looks for a module called cuda"


@pytest.mark.parametrize(("change", "line"), [
    ("if t < 8:\n        cuda.syncthreads()", 5),
    ("if t > 8:\n        return\n    cuda.syncthreads()", 5),
    ("while half > 0:\n        cuda.syncthreads()\n        if half == t:\n            break", 4),
    ("for i in range(t, 9):\n        cuda.syncthreads()", 4),
    ("for i in range(cuda.threadIdx.x):\n        wait()", 4),
    ("x = 1 if t else wait()", 4),
])  # fmt: skip
def test_a_barrier_that_not_all_reach_is_seen(change, line):
    text = f"def kernel(out):\n    t = cuda.threadIdx.x\n    half = 8\n    {change}\n    out[t] = 1\n"
    tree = ast.parse(text + "def wait():\n    cuda.syncthreads()\n")
    assert barriers_not_for_all(tree) == [line]


def test_a_barrier_that_all_reach_is_right_and_two_arrays_on_a_line_are_seen():
    text = "def kernel(n):\n    t = cuda.threadIdx.x\n    for i in range(n):\n        cuda.syncthreads()\n    return\n"
    assert barriers_not_for_all(ast.parse(text)) == []
    both = "a = cuda.shared.array(4, float32); b = cuda.shared.array(4, float32)"
    assert shared_arrays_on_one_line(ast.parse(both)) == [1]
    assert shared_arrays_on_one_line(ast.parse(both.replace("; ", "\n"))) == []
