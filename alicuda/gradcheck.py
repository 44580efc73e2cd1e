"""python -m alicuda.gradcheck [--backend all|NAME] [--op conv2d] [--seed N] [--json]: is every gradient right?

The oracle's gradients against central differences in float64, and each backend's results and gradients in float32
against the oracle's: of every op, and of ALI's two losses. One table; status 1 if anything in it is wrong.

This module is also where the gradient checker for your own functions is found: `check_gradient(f, inputs)`.
"""

from __future__ import annotations

import os
import sys

from tqdm import tqdm

from alicuda import backend_checks, backends, cli, machine
from alicuda.errors import InputError
from alicuda.finite_differences import Check, check_gradient
from alicuda.gradient_table import CASES, OPS, Table

__all__ = ["Check", "check_gradient"]


def parser() -> cli.Parser:
    p = cli.parser("gradcheck", "Check the gradients of every op: by finite differences, and on each backend.")
    names = ", ".join(backends.FACTORIES)
    p.add_argument("--backend", default="all", metavar="NAME",
                   help=f"which to check: all that work here (default), or one of {names}")  # fmt: skip
    p.add_argument("--op", metavar="NAME",
                   help="check this op only, such as conv2d, or a loss of ALI: ali_loss_d, ali_loss_g")  # fmt: skip
    p.add_argument("--seed", type=cli.at_least(0), default=0, metavar="N", help="of the inputs (default: 0)")
    p.add_argument("--json", action="store_true", help="print one JSON object on stdout")
    return p


def main(argv: list[str] | None = None) -> int:
    args = parser().parse_args(argv)
    if args.op is not None and args.op not in OPS:
        raise InputError(f"unknown op {args.op!r}: choose one of {', '.join(OPS)}.")
    asked = list(backends.FACTORIES) if args.backend == "all" else [args.backend]
    left_out = {name: reason for name in asked if args.backend == "all" and (reason := backends.missing(name))}
    chosen = [backends.get(name) for name in asked if name not in left_out]
    names = asked if args.backend == "all" else [backend.name for backend in chosen]
    cases = [case for case in CASES if args.op in (None, case.op)]

    results = []
    total = len(cases) * (1 + len(chosen))
    with tqdm(total=total, unit=" checks", disable=None, leave=False, file=sys.stderr) as bar:
        for case in cases:
            results.append(backend_checks.check_oracle(case, args.seed))
            bar.update()
            for backend in chosen:
                results.append(backend_checks.compare(case, backend, args.seed))
                bar.update()
    table = Table(results, names, tuple(dict.fromkeys(case.op for case in cases)))

    if args.json:
        cli.print_json({"what": "gradcheck", "seed": args.seed, "passed": not table.wrong, "checks": table.json(),
                        "wrong": [str(result) for result in table.wrong], "not_checked": left_out,
                        "runs_on": table.runs_on(), "versions": machine.versions()})  # fmt: skip
    else:
        cli.say(table.text(colour=sys.stdout.isatty() and not os.environ.get("NO_COLOR")))
    for result in table.wrong:
        cli.warn(str(result))
    return cli.FAILED if table.wrong else cli.DONE


if __name__ == "__main__":
    cli.run(main)
