"""python -m alicuda.evaluate modes RUN [--json] [--backend NAME]: how much of a mixture a trained model covers.

By the protocol of VEEGAN and PacGAN: 2,500 samples from one fixed set of codes. A sample within three standard
deviations of its nearest Gaussian is of high quality; a mode is covered if it is the nearest of at least one such
sample. Of the data itself 98.9 % are of high quality. Source: Lin et al. 2018, arXiv 1712.04086, section 4.1.
"""

from __future__ import annotations

import argparse

from alicuda import cli, trained
from alicuda.data import mixture
from alicuda.errors import InputError
from alicuda.training import points

FIGURES = ("modes",)


def parser() -> argparse.ArgumentParser:
    p = cli.parser("evaluate", "Count the modes that a model of the mixture covers.")
    p.add_argument("figure", metavar="modes", help="what to find out; there is one figure so far")
    p.add_argument("run", type=cli.path, metavar="RUN", help="a run directory (its newest checkpoint) or a checkpoint")
    p.add_argument("--json", action="store_true", help="for programs")
    cli.add_backend(p)
    return p


def main(argv: list[str] | None = None) -> int:
    args = parser().parse_args(argv)
    if args.figure not in FIGURES:
        raise InputError(f"evaluate knows {', '.join(FIGURES)}, not {args.figure!r}.")
    cli.use_backend(args.backend)
    run = trained.open_run(args.run, of="points")
    data = mixture.load(run.model.options.grid)
    figures = points.evaluate(run.model, points.seen_by(run.model, data), data.centres)
    if args.json:
        cli.print_json({"model": run.model.kind, "step": run.step, "of": len(data.centres),
                        "samples": points.SHOWN, **figures})  # fmt: skip
        return cli.DONE
    cli.say(f"{run.model.kind.upper()} after {run.step:,} steps, {points.SHOWN:,} samples of one fixed set of codes:")
    cli.say(f"  modes covered   {figures['modes']} of {len(data.centres)}")
    cli.say(f"  high quality    {100 * figures['high_quality']:.1f} %  (of the data itself 98.9 %)")
    cli.say(f"  reverse KL      {figures['reverse_kl']:.3f} nats  (0: each mode gets its share)")
    if run.model.encodes:
        cli.say(f"  reconstructions in their own point's mode {100 * figures['own_mode']:.1f} %, "
                f"mean squared error {figures['mse']:.3f}")  # fmt: skip
    return cli.DONE


if __name__ == "__main__":
    cli.run(main)
