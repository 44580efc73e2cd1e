"""python -m alicuda.sample RUN [-n 64] [-o FILE] [--seed N] [--backend NAME]: pictures that G1 makes of random codes.

With the run's own seed, the default, the codes are those of the run's samples/STEP.png.
"""

from __future__ import annotations

import argparse

from alicuda import cli, trained
from alicuda.training import pictures

MOST = 10_000  # 100 x 100 pictures are 46 million pixels


def parser() -> argparse.ArgumentParser:
    p = cli.parser("sample", "Decode random codes z ~ N(0, I) with G1 into a PNG grid of pictures.")
    trained.add_arguments(p, "which codes are drawn")
    p.add_argument("-n", type=cli.at_least(1, MOST), default=64, metavar="N", help="how many pictures (default: 64)")
    cli.add_backend(p)
    return p


def main(argv: list[str] | None = None) -> int:
    args = parser().parse_args(argv)
    cli.use_backend(args.backend)
    run = trained.open_run(args.run)
    seed = run.model.seed if args.seed is None else args.seed
    path = run.output(args.output, f"sample-{args.n}-seed-{seed}", ".png")
    pictures.save(pictures.sample_grid(run.model, args.n, seed, f"samples: {run.title}, seed {seed}"), path)
    cli.say(f"wrote {path}: {args.n:,} samples of {run.title}, seed {seed}")
    return cli.DONE


if __name__ == "__main__":
    cli.run(main)
