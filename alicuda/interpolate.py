"""python -m alicuda.interpolate RUN [IMAGE IMAGE ...] [-n 10] [--data DIR] [-o FILE] [--seed N] [--backend NAME]

From one picture to another through the space of codes. Each row begins and ends with an original; between them G1
decodes z(alpha) = z1 + alpha (z2 - z1) for alpha = 0, 0.1, ..., 1. The codes are mu of the two pictures; the official
`interpolate` script samples them from q(z|x) instead.

The pairs are taken from the run's test pictures, by --seed, or your own pictures are paired in the order given.
"""

from __future__ import annotations

import argparse

import numpy as np
from PIL import Image

from alicuda import cli, trained
from alicuda.errors import InputError
from alicuda.training import pictures

PAIRS = 10  # of test pictures, unless -n says otherwise
ALPHAS = np.arange(11, dtype=np.float32) / 10


def parser() -> argparse.ArgumentParser:
    p = cli.parser("interpolate", "Walk from picture to picture through the space of codes, a PNG row for each pair.")
    trained.add_arguments(p, "which test pictures are paired")
    trained.add_images(p, "your own pictures, in pairs", f"how many pairs of test pictures (default: {PAIRS})")
    cli.add_backend(p)
    return p


def main(argv: list[str] | None = None) -> int:
    args = parser().parse_intermixed_args(argv)  # options may stand between pictures
    trained.refuse_both(args)
    if len(args.images) % 2:
        raise InputError(f"your own pictures are taken in pairs, but {len(args.images)} were given.")
    cli.use_backend(args.backend)
    run = trained.open_run(args.run, encodes=True)
    seed = run.model.seed if args.seed is None else args.seed
    name = "interpolate-own" if args.images else f"interpolate-{args.n or PAIRS}-seed-{seed}"
    path = run.output(args.output, name, ".png")

    if args.images:
        ends, what = trained.read_pictures(args.images, run.size), "your pictures"
    else:
        test = trained.load_test_pictures(run, args.data, cli.warn)
        pairs = min(args.n or PAIRS, len(test) // 2)
        if not pairs:
            raise InputError("a pair takes two test pictures, but there is only one; name two pictures of your own.")
        if pairs < (args.n or PAIRS):
            cli.warn(f"there are {len(test):,} test pictures: enough for {pairs:,} pairs.")
        ends, what = test[trained.shuffled(len(test), seed)[: 2 * pairs]], f"test pictures, seed {seed}"

    pictures.save(_grid(run, ends, f"from original to original, {what}: {run.title}"), path)
    pairs_of = f"{len(ends) // 2:,} pair{'s' * (len(ends) > 2)} of {what}"
    cli.say(f"wrote {path}: {pairs_of}, {len(ALPHAS)} decodings from one to the other, {run.title}")
    return cli.DONE


def _grid(run: trained.Trained, ends: np.ndarray, caption: str) -> Image.Image:
    mu, _ = pictures.encode(run.model, ends)
    first, second = mu[0::2, None], mu[1::2, None]
    z = first + ALPHAS[:, None] * (second - first)  # (pairs, 11, code)
    decoded = pictures.decode(run.model, z.reshape(-1, z.shape[-1]))
    steps = decoded.reshape(*z.shape[:2], *ends.shape[1:])
    rows = [[a, *between, b] for a, between, b in zip(ends[0::2], steps, ends[1::2], strict=True)]
    return pictures.grid(rows, caption, gap_after=(0, len(ALPHAS)))


if __name__ == "__main__":
    cli.run(main)
