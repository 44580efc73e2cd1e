"""What a check.py in Python asserts with says where a result is wrong."""

import numpy as np
import pytest

import alicuda
from alicuda.tutor import expecting, left_out, measure, require, same
from alicuda.tutor.expecting import LeftOut, Wrong

WANTED = np.arange(6.0).reshape(2, 3)


@pytest.mark.parametrize(
    ("got", "told"),
    [
        (WANTED + np.array([[0, 0, 0], [0, 1, 0]]), r"f\[1, 1\] is 5, not 4 \(the other 5 are right\)\."),
        (WANTED + 1, r"f\[0, 0\] is 1, not 0 \(5 more of 6 differ\)\."),
        (np.where(WANTED == 2, np.nan, WANTED), r"f\[0, 2\] is nan \(not a number\), not 2"),
        (np.where(WANTED == 2, np.inf, WANTED), r"f\[0, 2\] is inf, not 2"),
        (WANTED.T, r"f has the shape \(3, 2\), not \(2, 3\)\."),
        (3.0, r"f is one number, 3, not \(2, 3\)\."),
        (None, "f gives None"),
        ("six", "f gives str 'six', which is no number"),
        ([[1, 2], [3]], r"f gives list \[\[1, 2\], \[3\]\], which is no number"),
    ],
)
def test_difference_is_told(got, told):
    with pytest.raises(Wrong, match=told) as wrong:
        same("f", got, WANTED)
    assert wrong.value.kind == "wrong_result"


@pytest.mark.parametrize(
    "got", [WANTED, WANTED.astype(np.float32), WANTED.tolist(), alicuda.Tensor(WANTED), WANTED + 1e-10]
)
def test_what_is_the_same_passes(got):
    same("f", got, WANTED)


def test_a_type_can_be_asked_for():
    with pytest.raises(Wrong, match="f has the type float64, not float32"):
        same("f", WANTED, WANTED, dtype=np.float32)


def test_nan_and_infinity_that_are_wanted_pass():
    same("f", [np.nan, np.inf, -np.inf], [np.nan, np.inf, -np.inf])


def test_a_tolerance_is_kept_to():
    same("f", 1.0009, 1.0, rtol=1e-3)
    with pytest.raises(Wrong):
        same("f", 1.0011, 1.0, rtol=1e-3)


def test_require_and_left_out():
    require(True, "no")
    with pytest.raises(Wrong, match="no") as wrong:
        require(0, "no", "race")
    assert wrong.value.kind == "race"
    with pytest.raises(LeftOut, match="nothing here"):
        left_out("nothing here")


def test_a_measure_is_entered_and_judged(monkeypatch):
    monkeypatch.setattr(expecting, "scores", [])
    measure("steps", 5, best=3, enough=5)
    with pytest.raises(Wrong, match=r"The result is right, but it takes 6 steps\. It can be done with less\.") as wrong:
        measure("steps", 6, best=3, enough=5)
    assert wrong.value.kind == "too_much"
    with pytest.raises(Wrong):
        measure("steps", 4, best=3)
    assert [(score.value, score.best) for score in expecting.scores] == [(5, 3), (6, 3), (4, 3)]
