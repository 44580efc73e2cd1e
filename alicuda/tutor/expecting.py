"""What the check.py of an exercise in Python asserts with."""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np

from alicuda.tutor.report import Score, number


class Wrong(Exception):
    """The answer is not right: a sentence that says where."""

    def __init__(self, sentence: str, kind: str = "wrong_result") -> None:
        super().__init__(sentence)
        self.kind = kind


class LeftOut(Exception):
    """Nothing can be checked on this machine: a sentence that says what it lacks."""


scores: list[Score] = []  # measured so far in this process, which checks one answer


def left_out(sentence: str) -> NoReturn:
    """End the check: this machine lacks something."""
    raise LeftOut(sentence)


def require(condition: Any, sentence: str, kind: str = "wrong_result") -> None:
    """End the check with that sentence unless the condition holds."""
    if not condition:
        raise Wrong(sentence, kind)


def measure(unit: str, value: float, best: float, enough: float | None = None, kind: str = "too_much") -> None:
    """Enter a score, smaller being better. Above `enough` (the best, unless it is given) the answer is not right.

    `best`: what our solution reaches.
    """
    scores.append(Score(unit, float(value), float(best), ours=True))
    if value > (best if enough is None else enough):
        raise Wrong(f"The result is right, but it takes {number(value)} {unit}. It can be done with less.", kind)


def same(what: str, got: Any, wanted: Any, rtol: float = 1e-6, atol: float = 1e-9, dtype: Any = None) -> None:
    """End the check unless `got` is `wanted`: a number or an array. `what` names it, as "idle(196, 64)"."""
    if got is None:
        raise Wrong(f"{what} gives None: is there a `return`?")
    got = got.numpy() if hasattr(got, "numpy") else got
    try:
        found = np.asarray(got)
        if found.dtype.kind not in "biufc":
            raise ValueError
    except ValueError:
        raise Wrong(f"{what} gives {_shown(got)}, which is no number and no array of numbers.") from None
    reference = np.asarray(wanted)
    if found.shape != reference.shape:
        raise Wrong(f"{what} {_with_shape(found)}, not {_shape(reference)}.")
    if dtype is not None and found.dtype != np.dtype(dtype):
        raise Wrong(f"{what} has the type {found.dtype}, not {np.dtype(dtype)}.")
    if sentence := first_difference(what, found, reference, rtol, atol):
        raise Wrong(sentence)


def first_difference(what: str, got: np.ndarray, wanted: np.ndarray, rtol: float, atol: float) -> str | None:
    """Where two arrays of one shape first differ, as a sentence; None where they are the same."""
    with np.errstate(all="ignore"):
        near = np.abs(got - wanted) <= atol + rtol * np.abs(wanted)
    alike = near | (got == wanted) | (np.isnan(got) & np.isnan(wanted))
    if alike.all():
        return None
    if got.ndim == 0:
        return f"{what} is {value_of(got)}, not {value_of(wanted)}."
    where = tuple(int(i) for i in np.argwhere(~alike)[0])
    others = int((~alike).sum()) - 1
    if others:
        more = f" ({others:,} more of {alike.size:,} differ)"
    else:
        more = " (the other is right)" if alike.size == 2 else f" (the other {alike.size - 1:,} are right)"
    return (
        f"{what}[{', '.join(map(str, where))}] is {value_of(got[where])}, not {value_of(wanted[where])}"
        f"{more if alike.size > 1 else ''}."
    )


def value_of(value: Any) -> str:
    """A number as a reader wants to see it."""
    value = np.asarray(value)[()]
    if np.isnan(value):
        return "nan (not a number)"
    return str(value) if value.dtype.kind in "biu" else f"{value:.6g}"


def _shown(got: Any) -> str:
    return (
        f"{type(got).__name__} {got!r}"[:60] if isinstance(got, (str, list, tuple, dict, set)) else type(got).__name__
    )


def _with_shape(array: np.ndarray) -> str:
    return f"is one number, {value_of(array)}" if array.ndim == 0 else f"has the shape {array.shape}"


def _shape(array: np.ndarray) -> str:
    return "one number" if array.ndim == 0 else str(array.shape)
