"""python -m alicuda.gradcheck [--backend all|NAME] [--op conv2d] [--seed N] [--json]: is every gradient right?

Two rows for each op: the oracle's gradients against central differences in float64, and each backend's result and
gradients in float32 against the oracle's in float64. Status 1 if any of them is wrong.

This module is also where the gradient checker for your own functions is found: `check_gradient(f, inputs)`.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from typing import Any

from tqdm import tqdm

from alicuda import backend_checks, backends, cli, machine
from alicuda.backend_checks import Result
from alicuda.errors import InputError
from alicuda.finite_differences import Check, check_gradient
from alicuda.gradient_cases import CASES, OPS

__all__ = ["Check", "check_gradient"]

COLUMNS = ("op", "backend", "against", "worst error", "allowed", "shapes", "kinks", "verdict")


def parser() -> cli.Parser:
    p = cli.parser("gradcheck", "Check the gradients of every op: by finite differences, and on each backend.")
    names = ", ".join(backends.FACTORIES)
    p.add_argument("--backend", default="all", metavar="NAME",
                   help=f"which to check: all that work here (default), or one of {names}")  # fmt: skip
    p.add_argument("--op", metavar="NAME", help="check this op only, such as conv2d (default: all of them)")
    p.add_argument("--seed", type=cli.at_least(0), default=0, metavar="N", help="of the inputs (default: 0)")
    p.add_argument("--json", action="store_true", help="print one JSON object on stdout")
    return p


def main(argv: list[str] | None = None) -> int:
    args = parser().parse_args(argv)
    if args.op is not None and args.op not in OPS:
        raise InputError(f"unknown op {args.op!r}: choose one of {', '.join(OPS)}.")
    left_out = {}
    if args.backend == "all":
        left_out = {name: reason for name in backends.FACTORIES if (reason := backends.missing(name))}
    names = [name for name in backends.FACTORIES if name not in left_out] if args.backend == "all" else [args.backend]
    chosen = [backends.get(name) for name in names]
    cases = [case for case in CASES if args.op in (None, case.op)]

    groups: dict[tuple[str, str], list[Result]] = {}
    for case in tqdm(cases, unit=" cases", disable=None, leave=False, file=sys.stderr):
        results = [backend_checks.check_oracle(case, args.seed)]
        results += [backend_checks.compare(case, backend, args.seed) for backend in chosen]
        for result in results:
            groups.setdefault((case.op, result.backend), []).append(result)
    rows = [_row(results) for results in groups.values()]
    wrong = [result for results in groups.values() for result in results if not result.passed]

    if args.json:
        cli.print_json({"what": "gradcheck", "seed": args.seed, "passed": not wrong, "checks": rows,
                        "wrong": [str(result) for result in wrong], "not_checked": left_out,
                        "versions": machine.versions()})  # fmt: skip
    else:
        cli.say(_table(rows))
        cli.say("errors are relative, the worst of all shapes; the oracle is the plain definition in float64, other "
                "backends run in float32")  # fmt: skip
        for name, reason in left_out.items():
            cli.say(f"not checked: {name}, which does not work here: {reason}")
    for result in wrong:
        cli.warn(str(result))
    if not args.json:
        count = len({op for op, _ in groups})
        ops = f"{count} op{'s' * (count > 1)}"
        cli.say(f"{len(wrong)} of the checks of {ops} failed" if wrong else f"all checks of {ops} passed")
    return cli.FAILED if wrong else cli.DONE


def _row(results: Sequence[Result]) -> dict[str, Any]:
    """An op on a backend: the worst of its cases."""
    worst = max(results, key=lambda result: result.severity)
    return {
        "op": worst.op,
        "backend": worst.backend,
        "against": worst.against,
        "worst_error": worst.error if math.isfinite(worst.error) else None,
        "tolerance": worst.tolerance,
        "shapes": [[list(shape) for shape in result.shapes] for result in results],
        "kinks": sum(result.kinks for result in results),
        "passed": all(result.passed for result in results),
    }


def _table(rows: Sequence[dict[str, Any]]) -> str:
    lines = [COLUMNS]
    for row in rows:
        error = "not finite" if row["worst_error"] is None else f"{row['worst_error']:.1e}"
        lines.append((
            row["op"], row["backend"], row["against"], error, f"{row['tolerance']:.1e}", str(len(row["shapes"])),
            str(row["kinks"]), "right" if row["passed"] else "WRONG",
        ))  # fmt: skip
    widths = [max(len(line[column]) for line in lines) for column in range(len(COLUMNS))]
    padded = [[cell.ljust(width) for cell, width in zip(line, widths, strict=True)] for line in lines]
    return "\n".join("  ".join(cells).rstrip() for cells in padded)


if __name__ == "__main__":
    cli.run(main)
