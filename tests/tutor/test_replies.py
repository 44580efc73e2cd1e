"""`check` never raises, and says what is wrong in the reader's own lines."""

import re
import shutil

import pytest

from alicuda.tutor import check, checking, exercises

LATER = exercises.find("02a").solution
GUARDED = "if (i < size) y[i] = x[i + 1];"
IDLE = exercises.find("01a").solution

# what is done to the solution, the kind of the reply, and what its text holds
KERNELS = {
    "nothing": ("", "no_answer", "The answer is empty"),
    "words": ("hello", "no_kernel", "no kernel named later; it has none"),
    "another name": (LATER.replace("later", "former"), "no_kernel", "it has former"),
    "another type": (LATER.replace("int size", "long size"), "signature", "yours is later(const float* x,"),
    "an argument more": (LATER.replace("int size", "int size, int n"), "signature", "must be later(const"),
    "no linkage": (LATER.replace('extern "C" ', ""), "does_not_compile", 'needs `extern "C"`'),
    "a system header": ("#include <cmath>\n" + LATER, "does_not_compile", "Line 1: kernels include no"),
    "what a GPU has": (LATER.replace("if", "int* p = malloc(4); if"), "does_not_compile", "Line 3: memory of a"),
    "a mistake": (LATER.replace("x[i + 1]", "w[i + 1]"), "does_not_compile", "3 | if (i < size) y[i] = w[i + 1];"),
    "an assertion": (LATER.replace("y[i] =", "assert(i < 3); y[i] ="), "assertion", "thread 3 of block 0: assertion"),
    "a far address": (LATER.replace("x[i + 1]", "*(float*)64"), "out_of_bounds", "memory far from any array"),
    "an array of its own": (
        LATER.replace(GUARDED, f"float own[3] = {{1, 2, 3}}; if (i < size) own[i % 4] += 1; {GUARDED}"),
        "out_of_bounds", "comes to element 3 of an array of the thread's own",
    ),
    "no number": (LATER.replace("x[i + 1]", "0.0f * x[i] / 0.0f"), "wrong_result", "y[0] is nan (not a number)"),
    "half of it": (LATER.replace("i < size", "i < size / 2"), "unwritten", "Nobody has written y[98], nor 97 more"),
    "an input": (
        LATER.replace("const ", "").replace(GUARDED, "if (i < size) { y[i] = x[i + 1]; } if (i == 0) x[0] = 7.0f;"),
        "changed_input", "x is an input, and the kernel has written to it",
    ),
    "names of one's own": (LATER.replace("y", "result").replace("i + 1", "i"), "wrong_result", "result[0] is -0.095"),
    "a step to the side": (
        LATER.replace(GUARDED, "if (i % 2) __syncthreads();\nelse __syncthreads();" + GUARDED),
        "divergent_barrier", "Line 3: thread",
    ),
    "output unread": (LATER.replace("= x[i + 1]", "+= x[i + 1]"), "uninitialised", "y[0], which nobody has written"),
    "no number at all": (None, "no_answer", "An answer is a text, not NoneType"),
}  # fmt: skip


@pytest.mark.parametrize("what", KERNELS)
def test_kernel_gets_its_reply(what):
    if missing := checking.missing_for_kernels():
        pytest.skip(missing)
    text, kind, told = KERNELS[what]
    report = check("02a", text)
    assert report.kind == kind and not report.right
    assert told in re.sub(r"\s+", " ", repr(report)), report


PYTHON = {
    "an exit": ("import os\nos._exit(3)", "crash", "It ended Python itself (status 3)"),
    "a crash": ("import ctypes\nctypes.string_at(0)", "crash", "It ended Python itself"),
    "sys.exit": ("import sys\nsys.exit()", "raises", "Line 2 raises SystemExit"),
    "too few arguments": ("def idle(size): return 0", "signature", "must be idle(size, threads); yours is idle(size)."),
    "no function": ("idle = 3", "no_function", "idle is no function in your text"),
    "another function": ("def other(): pass", "no_function", "Your text has no idle(size, threads)"),
    "an exception": ("def idle(a, b):\n    return 1 // 0", "raises", "2 | return 1 // 0"),
    "endless recursion": ("def idle(a, b): return idle(a, b)", "raises", "RecursionError"),
    "no package": ("import nothing_there", "raises", "No module named 'nothing_there'"),
    "an input": ("def idle(a, b): return input()", "raises", "EOFError"),
    "a wait": ("import time\ntime.sleep(1000)", "endless_loop", "It is at line 2."),
    "a list": ("def idle(a, b): return [60]", "wrong_result", "has the shape (1,), not one number"),
    "a word": ("def idle(a, b): return 'x'", "wrong_result", "gives str 'x', which is no number"),
    "None": ("def idle(a, b): pass", "wrong_result", "gives None: is there a `return`?"),
    "NaN": ("def idle(a, b): return float('nan')", "wrong_result", "is nan (not a number), not 60"),
    "a call that holds Python": ("import re\nre.match('(a+)+b', 'a' * 60)", "endless_loop", "does not come back"),
    "no Python, later": ("def idle(a, b):\n    return eval('1 +')", "raises", "Line 2 raises SyntaxError"),
    "no Python": ("def idle(a, b) return 0", "does_not_compile", "Python does not understand line 1"),
}


@pytest.mark.parametrize("what", PYTHON)
def test_python_gets_its_reply(what):
    text, kind, told = PYTHON[what]
    report = check("01a", text, seconds=0.3)
    assert report.kind == kind and not report.right
    assert told in re.sub(r"\s+", " ", repr(report)), report


def test_what_an_answer_prints_is_shown_and_does_no_harm():
    report = check("01a", "import os\nos.write(1, b'{}')\nprint('hello\\n' * 12)\n" + IDLE)
    assert report.right
    shown = repr(report).split("\n")
    assert shown[1:3] == ["It printed:", "    hello"] and shown[-1] == "    and 2 more lines" and len(shown) == 13


def test_what_a_kernel_prints_is_in_its_report_alone(capfd):
    if missing := checking.missing_for_kernels():
        pytest.skip(missing)
    report = check("02a", LATER.replace("y[i] =", 'printf("thread %d\\n", i); y[i] ='))
    assert report.printed.startswith("thread 0\nthread 1\n")
    assert capfd.readouterr().out == ""


def test_an_exception_is_told_at_the_deepest_line_of_the_answer():
    report = check("01a", "def idle(a, b):\n    return deeper(a)\n\ndef deeper(a):\n    return [].index(a)\n")
    assert report.problems[0].line == 5 and report.problems[0].source == "    return [].index(a)"


def test_an_answer_may_use_what_the_exercise_gives():
    exercise = exercises.find("08a")
    assert "from given import" in exercise.solution and check("08a", exercise.solution).right


def test_python_has_its_own_hint():
    assert "Think about: which of the nine pixels under" in repr(check("00b", exercises.find("00b").start))


def test_a_reply_counts_the_lines_of_the_text_as_it_is():
    """In a page the text begins with the line of the quotes, so that its lines are those of the cell."""
    assert check("01a", "def idle(a, b):\n    return 1 // 0").problems[0].line == 2
    assert check("01a", "\n\ndef idle(a, b):\n    return 1 // 0").problems[0].line == 4


def test_a_reply_tells_the_launch_and_the_exercises_own_hint():
    if missing := checking.missing_for_kernels():
        pytest.skip(missing)
    told = repr(check("02a", LATER.replace("i < size", "i <= size"))).split("\n")
    assert told[1:] == [
        "Line 3 reads x[197], which is out of bounds: thread 4 of block 3.",
        "    3 | if (i <= size) y[i] = x[i + 1];",
        "Launch: 4 blocks of 64 threads, size = 196.",
        "Think about: y has `size` numbers and x one more. For which thread is there none?",
    ]
    assert "Think about: what changes from one round of the loop" in repr(check("01a", "while True: pass", seconds=0.2))


@pytest.mark.parametrize("name", ["99z", "02", "", None, 5, "02a/../01a"])
def test_an_exercise_that_is_not_there(name):
    report = check(name, LATER)
    assert report.kind == "not_checked" and not report.right and "02" in report.missing


def test_a_report_is_the_same_each_time_and_tells_no_path():
    for name, text in [("02a", LATER.replace("i < size", "i <= size")), ("01a", "import nothing_there")]:
        assert repr(check(name, text)) == repr(check(name, text))
        assert not re.search(r"/\w+/|0x", repr(check(name, text)))


def test_a_mistake_of_ours_is_not_called_the_readers(monkeypatch):
    monkeypatch.setattr(checking.answers, "judge", lambda *_: 1 / 0)
    assert "This is a bug of the exercise" in check("01a", IDLE).missing


@pytest.mark.parametrize("lines", ["1 / 0", "FUNCTIONS = []\nHINTS = 5"])
def test_a_broken_check_is_called_a_bug(lines, tmp_path, monkeypatch):
    folder = shutil.copytree(exercises.find("01a").folder, tmp_path / "01a_broken")
    (folder / "check.py").write_text(lines, "utf-8")
    monkeypatch.setattr(exercises, "exercises_folder", lambda: tmp_path)
    assert "This is a bug of the exercise" in check("01a", IDLE).missing


@pytest.mark.parametrize("name", ["01a", "02a"])
def test_what_a_check_cannot_do_here_it_leaves_out(name, tmp_path, monkeypatch):
    if missing := checking.missing_for_kernels():
        pytest.skip(missing)
    exercise = exercises.find(name)
    folder = shutil.copytree(exercise.folder, tmp_path / exercise.folder.name)
    (folder / "check.py").write_text("from alicuda.tutor import left_out\nleft_out('There is no X here.')", "utf-8")
    monkeypatch.setattr(exercises, "exercises_folder", lambda: tmp_path)
    assert check(name, exercise.solution).missing == "There is no X here."


def test_without_a_compiler_or_pyelftools_it_says_so(monkeypatch):
    monkeypatch.setattr(checking.emulator, "missing", _no_compiler)
    report = check("02a", LATER)
    assert "There is no C++ compiler" in report.missing and "pip install" in report.missing
    monkeypatch.undo()

    def no_lines():
        raise checking.InputError("pyelftools is not there: pip install pyelftools.")

    monkeypatch.setattr(checking.debug_info, "require", no_lines)
    assert "pip install pyelftools" in check("02a", LATER).missing


def _no_compiler():
    from alicuda.extras import Missing

    return Missing("there is no C++ compiler", "emulator")
