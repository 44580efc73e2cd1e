"""The table of gradient checks: a row for each op and each of ALI's losses, a column for the oracle and each backend.

A cell is the worst relative error of all shapes that were tried. No cell is empty: where nothing was computed there is
a dash with the number of a note that gives the reason.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from alicuda import backend_checks, backends, cli, machine, tolerances
from alicuda.backend_checks import ORACLE, Result
from alicuda.gradient_cases import CASES as OP_CASES
from alicuda.models.loss_cases import LOSS_CASES

CASES = [*OP_CASES, *LOSS_CASES]
OPS = tuple(dict.fromkeys(case.op for case in CASES))
NOT_COMPUTED = "not computed this time"
COLUMNS_OF_A_TERMINAL = 100


class Line(NamedTuple):
    """A line of the table, and whether anything in it is wrong."""

    text: str
    wrong: bool


class Table:
    """`results` in rows, `ops`, and columns: the oracle, then `names`, of backends.

    `reasons`: why a cell, (op, backend), was not computed, or not for all of its shapes; that a backend does not work
    here need not be said.
    """

    def __init__(
        self,
        results: Sequence[Result],
        names: Sequence[str] = tuple(backends.FACTORIES),
        ops: Sequence[str] = OPS,
        reasons: Mapping[tuple[str, str], str] | None = None,
    ):
        self.columns, self.ops = (ORACLE, *names), tuple(ops)
        missing = {name: reason for name in names if (reason := backends.missing(name))}
        self.reasons = {(op, name): f"{name}: {reason}" for op in ops for name, reason in missing.items()}
        self.reasons |= reasons or {}
        self.cells: dict[tuple[str, str], list[Result]] = {}
        for result in results:
            self.cells.setdefault((result.case.op, result.backend), []).append(result)

    @property
    def results(self) -> list[Result]:
        """Those that stand in the table."""
        return [result for op in self.ops for result in self.of(op)]

    @property
    def wrong(self) -> list[Result]:
        return [result for result in self.results if not result.passed]

    @property
    def complete(self) -> bool:
        """Whether every cell of every backend was computed, for all shapes, or has a reason of its own."""
        needed = {(case, column) for case in CASES for column in (ORACLE, *backends.FACTORIES)}
        computed = {(result.case, result.backend) for result in self.results}
        return all((case.op, column) in self.reasons for case, column in needed - computed)

    def of(self, op: str) -> list[Result]:
        """The results of a row."""
        return [result for column in self.columns for result in self.cells.get((op, column), ())]

    def reason(self, op: str, column: str) -> str | None:
        """Why something is missing in a cell."""
        return self.reasons.get((op, column)) or (None if (op, column) in self.cells else NOT_COMPUTED)

    def notes(self) -> list[str]:
        """The reasons, in the order of their numbers."""
        reasons = (self.reason(op, column) for op in self.ops for column in self.columns)
        return list(dict.fromkeys(reason for reason in reasons if reason))

    def cell(self, op: str, column: str) -> str:
        """The worst error, with an exclamation mark where it is too large; or a dash, with the number of a note."""
        reason = self.reason(op, column)
        note = f"[{self.notes().index(reason) + 1}]" if reason else ""
        if (op, column) not in self.cells:
            return f"-{note}"
        worst = backend_checks.worst(self.cells[op, column])
        return short(worst.error) + note + ("" if worst.passed else "!")

    def allowed(self, op: str) -> str:
        """In float32: the smallest and the largest tolerance of the row's shapes."""
        found = sorted({result.tolerance for result in self.of(op) if result.backend != ORACLE})
        return "..".join(dict.fromkeys((short(found[0]), short(found[-1])))) if found else "-"

    def tried(self, op: str) -> list[str]:
        return list(dict.fromkeys(result.case.tried for result in self.of(op)))

    def kinks(self, op: str) -> int:
        return sum(result.kinks for result in self.of(op))

    def verdict(self) -> str:
        checks = f"{len(self.results)} checks of {len(self.ops)} row{'s' * (len(self.ops) > 1)}"
        return f"{len(self.wrong)} of the {checks} failed" if self.wrong else f"all {checks} passed"

    def meaning(self) -> list[str]:
        """What the numbers are, in Markdown."""
        return [
            f"Worst relative errors of results and gradients. `{ORACLE}` is the plain definition of every primitive in "
            "float64: its gradients along random directions, with a random cotangent, against central differences. The "
            "backends compute in float32 and are held against the oracle; of ALI's losses, each gradient by its norm.",
            f"Allowed are {short(tolerances.FINITE_DIFFERENCE_RTOL)} under `{ORACLE}`, and under a backend what the "
            "column `allowed` says: where L terms are added up eps (16 + 8 sqrt L) with the eps of float32, from the "
            f"shortest to the longest sum of a row; {short(tolerances.GOLDEN_GRADIENT_STEP_1)} for the gradients of "
            f"ALI's losses, which have come through all layers, and {short(tolerances.GOLDEN_LOSS_STEP_1)} for the "
            "losses.",
        ]

    def runs_on(self) -> dict[str, str]:
        """What executes each backend that something was computed on."""
        names = {result.backend for result in self.results}
        return {name: cli.runs_on(backends.get(name)) for name in self.columns[1:] if name in names}

    def lines(self) -> list[Line]:
        """The heading and the rows, for a terminal."""
        rows = [("op", *self.columns, "allowed", "shapes", "")]
        for op in self.ops:
            cells = [self.cell(op, column) for column in self.columns]
            verdict = "" if all(result.passed for result in self.of(op)) else "WRONG"
            rows.append((op, *cells, self.allowed(op), str(len(self.tried(op))), verdict))
        widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
        padded = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
        return [Line(text.rstrip(), row[-1] == "WRONG") for text, row in zip(padded, rows, strict=True)]

    def below(self) -> str:
        """What stands beneath the rows, for a terminal."""
        kinks = sum(map(self.kinks, self.ops))
        sentences = [
            *(sentence.replace("`", "") for sentence in self.meaning()),
            f"Finite differences stepped around {kinks} kink{'s' * (kinks != 1)}.",
            *(f"{name}: {what}" for name, what in self.runs_on().items()),
            *(f"[{i}] {note}" for i, note in enumerate(self.notes(), 1)),
            self.verdict(),
        ]
        return "\n".join(textwrap.fill(sentence, COLUMNS_OF_A_TERMINAL) for sentence in sentences)

    def text(self, colour: bool) -> str:
        """The whole, for a terminal; with `colour` what is wrong is red."""
        rows = [f"\033[31m{line.text}\033[0m" if colour and line.wrong else line.text for line in self.lines()]
        return "\n".join([*rows, self.below()])

    def markdown(self, command: str) -> str:
        """The page that says what `command` found."""
        versions, commit = machine.versions(), machine.commit() or "unknown"
        rows = [("op", *self.columns, "allowed", "shapes tried", "kinks stepped around")]
        rows.append(("---",) * len(rows[0]))
        for op in self.ops:
            cells = (self.cell(op, column) for column in self.columns)
            cells = (f"**{cell} WRONG**" if cell.endswith("!") else cell for cell in cells)
            rows.append((op, *cells, self.allowed(op), "; ".join(self.tried(op)), str(self.kinks(op))))
        paragraphs = [
            "# The gradients of every op, and of ALI's losses, on every backend",
            f"`{command}`, {date.today().isoformat()}, commit {commit}, {machine.words()}, Python "
            f"{versions['python']}, NumPy {versions['numpy']}: {self.verdict()}.",
            *self.meaning(),
            "\n".join(f"| {' | '.join(row)} |" for row in rows),
            "\n".join(f"* `{name}`: {what}" for name, what in self.runs_on().items()),
            "\n".join(f"* [{i}] {note}" for i, note in enumerate(self.notes(), 1)),
        ]
        return "\n\n".join(paragraph for paragraph in paragraphs if paragraph) + "\n"

    def json(self) -> list[dict[str, Any]]:
        """A row for each cell that was computed."""
        return [_row(results) for (op, column), results in self.cells.items() if op in self.ops]


def short(x: float) -> str:
    """1.2e-6: two digits."""
    return "0" if x == 0 else f"{x:.1e}".replace("e-0", "e-") if math.isfinite(x) else str(x)


def _row(results: Sequence[Result]) -> dict[str, Any]:
    """An op on a backend: the worst of its cases."""
    worst = backend_checks.worst(results)
    return {
        "op": worst.case.op,
        "backend": worst.backend,
        "against": worst.against,
        "worst_error": worst.error if math.isfinite(worst.error) else None,
        "tolerance": worst.tolerance,
        "shapes": [[list(shape) for shape in result.case.shapes] for result in results],
        "kinks": sum(result.kinks for result in results),
        "passed": all(result.passed for result in results),
    }
