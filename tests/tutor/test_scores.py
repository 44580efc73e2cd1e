"""The reader's scores: kept in a file of its own, and no reason to fail."""

import json

import pytest

from alicuda.tutor import scores
from alicuda.tutor.report import Problem, Report, Score


def report(value, right=True):
    problems = [] if right else [Problem("uncoalesced", "too much")]
    return Report("02a", "a title", problems, [Score("sectors", value, best=4)])


@pytest.fixture
def file(tmp_path, monkeypatch):
    path = tmp_path / "folder" / "scores.json"
    monkeypatch.setenv("ALICUDA_SCORES", str(path))
    return path


def test_the_last_is_told_and_the_best_kept(file):
    first, second, third = (scores.remember(report(value, value < 30)) for value in (32, 5, 8))
    assert [told.scores[0].last for told in (first, second, third)] == [None, 32, 5]
    assert "Score: 5 sectors; the best possible: 4; your last: 32." in repr(second)
    assert scores.read() == {"02a": scores.Kept(True, {"sectors": 8}, {"sectors": 5})}


def test_a_wrong_answer_has_no_best_and_takes_nothing_away(file):
    scores.remember(report(5))
    scores.remember(report(3, right=False))
    scores.remember(Report("02a", "", [Problem("wrong_result", "no")]))
    assert scores.read()["02a"] == scores.Kept(True, {"sectors": 3}, {"sectors": 5})


def test_what_could_not_be_checked_is_not_kept(file):
    scores.remember(Report("02a", "", missing="no compiler"))
    assert not file.exists()


def test_an_empty_variable_keeps_nothing(monkeypatch, tmp_path):
    monkeypatch.setenv("ALICUDA_CACHE", str(tmp_path))
    monkeypatch.setenv("ALICUDA_SCORES", "")
    scores.remember(report(5))
    assert scores.read() == {} and list(tmp_path.iterdir()) == []


def test_without_the_variable_they_lie_in_the_cache(monkeypatch, tmp_path):
    monkeypatch.delenv("ALICUDA_SCORES")
    monkeypatch.setenv("ALICUDA_CACHE", str(tmp_path / "ours"))
    assert scores.path() == tmp_path / "ours" / "exercises.json"
    monkeypatch.delenv("ALICUDA_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert scores.path() == tmp_path / "alicuda" / "exercises.json"


DAMAGED = ["", "{", "[1]", '{"02a": 3}', '{"02a": {"last": 3, "best": []}}', '{"02a": {"last": {"sectors": "x"}}}']


@pytest.mark.parametrize("text", DAMAGED)
def test_a_damaged_file_is_taken_for_none(file, text):
    file.parent.mkdir()
    file.write_text(text, "utf-8")
    told = scores.remember(report(5))
    assert told.scores[0].last is None and repr(told)
    assert json.loads(file.read_text("utf-8"))["02a"]["last"] == {"sectors": 5}


def test_a_place_that_cannot_be_written_is_no_failure(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("", "utf-8")
    monkeypatch.setenv("ALICUDA_SCORES", str(tmp_path / "file" / "scores.json"))
    assert scores.remember(report(5)).right
