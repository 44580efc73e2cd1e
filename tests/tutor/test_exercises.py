"""Every exercise: its solution is right, its start is not, and each wrong answer gets the reply of its own kind."""

import re

import pytest

from alicuda.tutor import check, exercises
from alicuda.tutor.checking import missing_for_kernels

KINDS = {
    "race", "out_of_bounds", "uninitialised", "divergent_barrier", "divergent_warp", "uncoalesced", "bank_conflicts",
    "too_many_barriers", "too_many_bytes", "too_many_requests", "too_much", "wrong_result", "unwritten",
    "changed_input", "does_not_compile", "endless_loop", "raises", "not_finite", "no_array",
}  # fmt: skip
EVERY = exercises.every()
IN_MAKE_TEST = ("00b", "01a", "02a", "02c")  # a fixed sample, some 20 s; the others run in `make test-all`


def answers():
    """Each file that holds an answer: exercise, kind, text."""
    for exercise in EVERY:
        files = {"right": f"solution.{exercise.language}", "start": f"start.{exercise.language}"}
        rows = [(kind, exercise.folder / name) for kind, name in files.items()]
        rows += [(path.stem, path) for path in sorted((exercise.folder / "wrong").iterdir())]
        marks = [] if exercise.id in IN_MAKE_TEST else [pytest.mark.full]
        for kind, path in rows:
            yield pytest.param(exercise, kind, path, id=f"{exercise.id}-{kind}", marks=marks)


@pytest.mark.parametrize(("exercise", "kind", "path"), [*answers()])
def test_answer_gets_its_reply(exercise, kind, path):
    if exercise.language == "cu" and (missing := missing_for_kernels()):
        pytest.skip(missing)
    report = check(exercise.id, path.read_text("utf-8"), seconds=1 if kind == "endless_loop" else None)
    if report.missing:
        assert "bug" not in report.missing, report
        pytest.skip(report.missing)
    assert kind in KINDS | {"right", "start"}, f"{path.name} is of no known kind"
    assert (not report.right) if kind == "start" else (report.kind == kind), report
    if kind == "right":  # nobody beats the best possible, and ours is what the solution reaches
        assert all(score.value == score.best if score.ours else score.value >= score.best for score in report.scores)


@pytest.mark.full
@pytest.mark.parametrize("small", ["-10.0f", "-100.0f", "-1e30f"])
def test_no_number_at_will_is_below_all(small):
    """Exercise 04a: what the spare threads bring must change nothing, however far below 0 the others are."""
    if missing := missing_for_kernels():
        pytest.skip(missing)
    solution = exercises.find("04a").solution
    assert check("04a", solution.replace(": x[first];", f": {small};")).kind == "wrong_result"
    assert check("04a", solution.replace(": x[first];", ": -3.4028235e38f;")).right


@pytest.mark.parametrize("exercise", EVERY, ids=lambda exercise: exercise.id)
def test_files_are_complete(exercise):
    assert exercise.title and exercise.task and not exercise.title.endswith(".")
    assert "'''" not in exercise.start  # a page puts it between those
    wrong = [*(exercise.folder / "wrong").iterdir()]
    assert {path.suffix for path in wrong} == {f".{exercise.language}"}
    assert {"does_not_compile", "wrong_result"} <= {path.stem for path in wrong}
    known = {"task.md", "check.py", "solution.md", "given.py", "wrong", "__pycache__"}
    files = {path.name for path in exercise.folder.iterdir()}
    assert files - known == {f"start.{exercise.language}", f"solution.{exercise.language}"}


def test_the_examples_of_the_readme_are_exercises():
    text = (exercises.exercises_folder() / "README.md").read_text("utf-8")
    shown = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert shown == [exercises.find(name).check_file.read_text("utf-8") for name in ("02a", "01a")]
