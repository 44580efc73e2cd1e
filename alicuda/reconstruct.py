"""python -m alicuda.reconstruct RUN [IMAGE ...] [--draws K] [-n 32] [--data DIR] [-o FILE] [--seed N] [--backend NAME]

Pictures beside what the model makes of them: the run's first test pictures, or your own. Each is encoded by G2 and
decoded by G1: through mu, the middle of q(z|x), or with --draws K through K samples of q(z|x). Of what is shown it
prints the mean squared error per pixel (of 1 = white) and the PSNR, 10 log10(1 / mse).
"""

from __future__ import annotations

import argparse
import math

import numpy as np
from PIL import Image

from alicuda import cli, trained
from alicuda.training import pictures

SHOWN = 32  # test pictures, unless -n says otherwise
COLUMNS = 8


def parser() -> argparse.ArgumentParser:
    p = cli.parser("reconstruct", "Show pictures beside their reconstructions, in a PNG grid.")
    trained.add_arguments(p, "of the samples of q(z|x) under --draws")
    p.add_argument("--draws", type=cli.at_least(1), metavar="K", help="decode K samples of q(z|x) instead of mu")
    trained.add_images(p, "your own pictures", f"how many test pictures (default: {SHOWN})")
    cli.add_backend(p)
    return p


def main(argv: list[str] | None = None) -> int:
    args = parser().parse_intermixed_args(argv)  # options may stand between pictures
    trained.refuse_both(args)
    cli.use_backend(args.backend)
    run = trained.open_run(args.run, encodes=True)
    seed = run.model.seed if args.seed is None else args.seed
    name = "reconstruct" + ("-own" if args.images else "") + (f"-{args.draws}-draws-seed-{seed}" if args.draws else "")
    path = run.output(args.output, name, ".png")

    if args.images:
        originals, what = trained.read_pictures(args.images, run.size), "your pictures"
    else:
        test = trained.load_test_pictures(run, args.data, cli.warn)
        originals, what = test[: args.n or SHOWN], "test pictures"
        if args.n and args.n > len(test):
            cli.warn(f"there are {len(test):,} test pictures: all of them are shown.")

    mu, log_sigma = pictures.encode(run.model, originals)
    codes, beside = [mu], "its reconstruction"
    if args.draws:
        noise = trained.encoder_noise(run.model, len(originals), seed, args.draws)
        codes = [mu + np.exp(log_sigma) * eps for eps in noise]
        beside = f"{args.draws} draw{'s' * (args.draws > 1)} of q(z|x), seed {seed}"
    decoded = [pictures.decode(run.model, z) for z in codes]

    pictures.save(_grid(originals, decoded, f"{what}, each beside {beside}: {run.title}"), path)
    errors = np.mean([[_mse(*pair) for pair in zip(originals, shown, strict=True)] for shown in decoded], axis=0)
    for image, error in zip(args.images, errors, strict=False):
        cli.say(f"{image}: {_quality(error)}")
    cli.say(f"wrote {path}: {what}, {len(originals):,}, each beside {beside}, {run.title}; {_quality(errors.mean())}")
    return cli.DONE


def _grid(originals: np.ndarray, decoded: list[np.ndarray], caption: str) -> Image.Image:
    """Groups of a picture and what became of it, as many a row as fit."""
    groups = [list(group) for group in zip(originals, *decoded, strict=True)]
    wide = len(groups[0])
    a_row = min(max(1, COLUMNS // wide), len(groups))
    rows = [[cell for group in groups[i : i + a_row] for cell in group] for i in range(0, len(groups), a_row)]
    return pictures.grid(rows, caption, gap_after=range(wide - 1, wide * a_row - 1, wide))


def _mse(x: np.ndarray, y: np.ndarray) -> float:
    """Of two uint8 pictures, in units of 1 = white."""
    return float(np.square((x.astype(np.float64) - y) / 255).mean())


def _quality(mse: float) -> str:
    return f"mse {mse:.4f}, PSNR {-10 * math.log10(mse):.2f} dB" if mse else "mse 0, no difference"


if __name__ == "__main__":
    cli.run(main)
