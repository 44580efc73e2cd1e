"""python -m alicuda.exercise: 0 right, 1 wrong, 2 wrong usage."""

import json
import subprocess
import sys

import pytest

from alicuda import exercise
from alicuda.errors import InputError
from alicuda.tutor import checking, exercises
from alicuda.tutor.report import Report

IDLE = exercises.find("01a")


@pytest.fixture(autouse=True)
def kept(tmp_path, monkeypatch):
    """The scores of these tests."""
    monkeypatch.setenv("ALICUDA_SCORES", str(tmp_path / "scores.json"))


@pytest.fixture
def answer(tmp_path):
    def write(text):
        file = tmp_path / "my answer é.py"
        file.write_text(text, "utf-8")
        return str(file)

    return write


def status_of_usage(*arguments):
    with pytest.raises(SystemExit) as end:
        exercise.main(list(arguments))
    return end.value.code


def test_right_and_wrong(answer, capsys):
    assert exercise.main(["01a", answer(IDLE.solution)]) == 0
    assert capsys.readouterr().out == "Exercise 01a: right.\n"
    assert exercise.main(["01a", answer(IDLE.start)]) == 1
    assert "idle(196, 64) is 0, not 60." in capsys.readouterr().out


def test_json_is_one_object(answer, capsys):
    for text, status in ((IDLE.solution, 0), ("print('noise')\n" + IDLE.start, 1)):
        assert exercise.main(["01a", answer(text), "--json"]) == status
        told = json.loads(capsys.readouterr().out)
        assert told["right"] is (status == 0) and told["exercise"] == "01a" and told["missing"] is None
    assert told["kind"] == "wrong_result" and told["printed"] == "noise\n"
    assert told["problems"][0]["sentence"] == "idle(196, 64) is 0, not 60."


def test_without_a_file_the_task_is_printed(capsys):
    assert exercise.main(["01a"]) == 0
    told = capsys.readouterr().out
    assert told.startswith(f"Exercise 01a: {IDLE.title}\n\n{IDLE.task}\n")
    assert "--start my01a.py" in told and told.endswith("python -m alicuda.exercise 01a my01a.py\n")
    assert exercise.main(["01a", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["task"] == IDLE.task


def test_start_writes_the_file_to_begin_with_and_overwrites_nothing(tmp_path, capsys):
    file = tmp_path / "my.py"
    assert exercise.main(["01a", "--start", str(file)]) == 0
    assert file.read_text("utf-8") == IDLE.start and "check it" in capsys.readouterr().out
    file.write_text("precious", "utf-8")
    with pytest.raises(InputError, match=r"my\.py is there already and was left as it is"):
        exercise.main(["01a", "--start", str(file)])
    assert file.read_text("utf-8") == "precious"


def test_list_shows_all_and_the_best_scores(capsys):
    kernel = exercises.find("02a")
    if checking.missing_for_kernels():
        pytest.skip(checking.missing_for_kernels())
    checking.check("02a", kernel.solution)
    assert exercise.main(["--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line[:3] for line in lines] == [found.id for found in exercises.every()]
    (line,) = (line for line in lines if line.startswith("02a"))
    assert line.split("  ")[:3] == ["02a", "page 02", kernel.title]
    assert line.endswith("right  5 sectors per request")
    assert exercise.main(["--list", "--json"]) == 0
    rows = {row["exercise"]: row for row in json.loads(capsys.readouterr().out)["exercises"]}
    assert rows["02a"]["right"] and rows["02a"]["best"] == {"sectors per request": 5} and not rows["01a"]["right"]


@pytest.mark.parametrize("text", ['{"02a": 3}', '{"02a": {"best": 3}}', '{"02a": {"best": {"sectors": "x"}}}'])
def test_list_with_damaged_scores(tmp_path, text, capsys):
    (tmp_path / "scores.json").write_text(text, "utf-8")
    assert exercise.main(["--list"]) == 0 and "02a" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments", [[], ["--list", "01a"], ["--nothing"], ["01a", "a.py", "--start", "b.py"], ["01a", ""]]
)
def test_wrong_usage(arguments, capsys):
    assert status_of_usage(*arguments) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_bad_input_is_one_sentence(tmp_path):
    with pytest.raises(InputError, match="there is no exercise '01z'; page 01 has 01a, 01b, 01c"):
        exercise.main(["01z"])
    with pytest.raises(InputError, match=r"nowhere\.py cannot be read \(No such file"):
        exercise.main(["01a", str(tmp_path / "nowhere.py")])
    (tmp_path / "bytes.py").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match=r"bytes\.py cannot be read \(it is no text\)"):
        exercise.main(["01a", str(tmp_path / "bytes.py")])
    with pytest.raises(InputError, match="cannot be written"):
        exercise.main(["01a", "--start", str(tmp_path / "no" / "folder.py")])


def test_what_cannot_be_checked_has_failed(answer, capsys, monkeypatch):
    monkeypatch.setattr(exercise, "check", lambda *_: Report("01a", "", missing="There is no compiler."))
    assert exercise.main(["01a", answer("x")]) == 1
    assert capsys.readouterr().out == "Exercise 01a could not be checked: There is no compiler.\n"


def test_as_a_program(answer):
    run = [sys.executable, "-m", "alicuda.exercise", "01a"]
    done = subprocess.run([*run, answer(IDLE.start)], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (1, "") and "not yet" in done.stdout
    done = subprocess.run([*run, "nowhere.py"], capture_output=True, text=True)
    assert done.returncode == 2 and len(done.stderr.splitlines()) == 1
