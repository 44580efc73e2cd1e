"""What a check answers: right or not, where not, and what was measured."""

from __future__ import annotations

import textwrap
from dataclasses import asdict, dataclass, field
from typing import Any

WIDTH = 90
PRINTED = 10  # lines that are shown
KEPT = 2000  # characters of what an answer prints


@dataclass(frozen=True)
class Problem:
    """One thing that keeps an answer from being right."""

    kind: str  # "wrong_result", "race", "uncoalesced", ...
    sentence: str
    line: int | None = None  # of the answer's text
    source: str | None = None  # that line
    hint: str | None = None  # what to think about
    launch: str | None = None  # at which it happened


@dataclass(frozen=True)
class Score:
    """A measured figure; smaller is better."""

    unit: str
    value: float
    best: float  # the best possible, or what our solution reaches
    ours: bool = False  # the latter, which may be beaten
    last: float | None = None  # the reader's, before this one

    def text(self, beside: bool = True) -> str:
        """`beside`: with the best beside it, which would answer the question of an exercise that is not solved yet."""
        whose = "our solution" if self.ours else "the best possible"
        best = f"; {whose}: {number(self.best)}" if beside else ""
        last = "" if self.last is None else f"; your last: {number(self.last)}"
        better = ". Yours is better" if beside and self.ours and self.value < self.best else ""
        return f"{_counted(self.value, self.unit)}{best}{last}{better}."


@dataclass(frozen=True)
class Report:
    """`repr` is what a reader sees; it holds no time and no path, so that a page's output stays what it is."""

    exercise: str
    title: str
    problems: list[Problem] = field(default_factory=list)
    scores: list[Score] = field(default_factory=list)
    printed: str = ""  # by the answer
    missing: str = ""  # what this machine lacks, so that nothing could be checked

    @property
    def right(self) -> bool:
        return not self.problems and not self.missing

    @property
    def kind(self) -> str:
        """ "right", "not_checked", or the first problem's kind."""
        return "not_checked" if self.missing else self.problems[0].kind if self.problems else "right"

    def __repr__(self) -> str:
        name = f"Exercise {self.exercise}"
        if self.missing:
            return _wrapped(f"{name} could not be checked: {self.missing}")
        told = [f"{name}: {'right.' if self.right else 'not yet.'}"]
        for problem in self.problems:
            told.append(_wrapped(problem.sentence))
            if problem.source is not None:
                told.append(f"    {problem.line} | {_cut(problem.source.strip())}")
            if problem.launch:
                told.append(_wrapped(f"Launch: {problem.launch}."))
            if problem.hint:
                told.append(_wrapped(f"Think about: {problem.hint}"))
        told += [_wrapped(f"Score: {score.text(beside=self.right)}") for score in self.scores]
        if self.printed:
            lines = self.printed.rstrip().split("\n")
            told += ["It printed:", *(f"    {_cut(line)}" for line in lines[:PRINTED])]
            told += [f"    and {len(lines) - PRINTED:,} more lines"] if len(lines) > PRINTED else []
        return "\n".join(told)

    def as_json(self) -> dict[str, Any]:
        return {
            "exercise": self.exercise, "title": self.title, "right": self.right, "kind": self.kind,
            "problems": [asdict(problem) for problem in self.problems],
            "scores": [asdict(score) for score in self.scores],
            "printed": self.printed, "missing": self.missing or None,
        }  # fmt: skip


def bug(error: Exception) -> str:
    """What a reader is told where it is our mistake, which must not look like the reader's."""
    return f"the check itself failed ({type(error).__name__}: {error}). This is a bug of the exercise."


def number(value: float) -> str:
    """At most four digits, and none that say nothing."""
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:.4g}"


def _counted(value: float, unit: str) -> str:
    """ "3 sectors per request", "1 sector per request"."""
    noun, space, rest = unit.partition(" ")
    return f"{number(value)} {noun.removesuffix('s') if value == 1 else noun}{space}{rest}"


def _wrapped(sentence: str) -> str:
    """Each line of a text cut into lines of the page's width."""
    return "\n".join(
        textwrap.fill(line, WIDTH, subsequent_indent="    ", break_long_words=False) for line in sentence.split("\n")
    )


def _cut(line: str) -> str:
    return line if len(line) <= WIDTH - 5 else f"{line[: WIDTH - 8]}..."
