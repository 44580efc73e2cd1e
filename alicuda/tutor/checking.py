"""`check`: what the pages and the command call."""

from __future__ import annotations

import runpy
from dataclasses import replace
from typing import Any

from alicuda import emulator
from alicuda.emulator import debug_info
from alicuda.errors import InputError
from alicuda.tutor import answers, exercises, kernels, scores
from alicuda.tutor.exercises import Exercise
from alicuda.tutor.expecting import LeftOut
from alicuda.tutor.hints import HINTS
from alicuda.tutor.report import Problem, Report, Score, bug


def check(exercise: str, answer: str, seconds: float | None = None) -> Report:
    """Check an answer, the text of a program. Never raises: the report says what is wrong.

    `seconds` of processor time may an answer in Python take, where the exercise's own limit is not wanted.
    """
    try:
        found = exercises.find(exercise)
    except InputError as error:
        return Report(str(exercise), "", missing=_sentence(error))
    try:
        return scores.remember(_check(found, answer, seconds))
    except LeftOut as left:
        return Report(found.id, found.title, missing=str(left))
    except Exception as error:
        return Report(found.id, found.title, missing=bug(error))


def _check(exercise: Exercise, text: Any, seconds: float | None) -> Report:
    report = Report(exercise.id, exercise.title)
    if not isinstance(text, str):
        return replace(report, problems=[Problem("no_answer", f"An answer is a text, not {type(text).__name__}.")])
    if not text.strip():
        return replace(report, problems=[Problem("no_answer", "The answer is empty: write it between the quotes.")])
    problems: list[Problem]
    measured: list[Score]
    if exercise.language == "py":
        problems, measured, printed, missing = answers.judge(exercise.folder, text, seconds)
        return replace(report, problems=_hinted(problems, {}), scores=measured, printed=printed, missing=missing)
    if missing := missing_for_kernels():
        return replace(report, missing=missing)
    names = runpy.run_path(str(exercise.check_file))
    problems, measured, printed = kernels.judge(kernels.Task.from_check(names), text, exercise.solution)
    return replace(report, problems=_hinted(problems, names.get("HINTS", {})), scores=measured, printed=printed)


def missing_for_kernels() -> str:
    """Why no kernel can be checked here, as a sentence; empty where they can."""
    if reason := emulator.missing():
        return _sentence(reason.sentence)
    try:
        debug_info.require()
    except InputError as error:
        return _sentence(error)
    return ""


def _hinted(problems: list[Problem], own: dict[str, str]) -> list[Problem]:
    """With what there is to think about, the exercise's own words first."""
    return [replace(p, hint=p.hint or own.get(p.kind) or HINTS.get(p.kind)) for p in problems]


def _sentence(text: object) -> str:
    said = str(text).strip()
    return said[:1].upper() + said[1:].rstrip(".") + "."
