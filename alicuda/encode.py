"""python -m alicuda.encode RUN IMAGE ... [-o FILE.npz] [--seed N] [--backend NAME]: the codes of your pictures.

The .npz holds `names` (N,), the files as they were given; `mu` and `log_sigma` (N, code), what G2 says of q(z|x), a
Gaussian of mean mu and standard deviation exp(log_sigma); and `z` (N, code), one sample of it drawn from --seed.
numpy.load reads it.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from alicuda import cli, files, trained
from alicuda.training import pictures


def parser() -> argparse.ArgumentParser:
    p = cli.parser("encode", "Encode your pictures with G2, and write mu and log_sigma of each into an .npz file.")
    trained.add_arguments(p, "of the sample z")
    p.add_argument("images", nargs="+", type=cli.path, metavar="IMAGE", help="your pictures")
    cli.add_backend(p)
    return p


def main(argv: list[str] | None = None) -> int:
    args = parser().parse_intermixed_args(argv)  # options may stand between pictures
    cli.use_backend(args.backend)
    run = trained.open_run(args.run, encodes=True)
    seed = run.model.seed if args.seed is None else args.seed
    path = run.output(args.output, "encode", ".npz")

    mu, log_sigma = pictures.encode(run.model, trained.read_pictures(args.images, run.size))
    (eps,) = trained.encoder_noise(run.model, len(mu), seed, 1)
    names = np.array([str(image) for image in args.images])  # a unicode array, which numpy.load reads as it lies

    def write(temporary: Path) -> None:
        with open(temporary, "wb") as file:  # np.savez would add .npz to the temporary name
            np.savez(file, names=names, mu=mu, log_sigma=log_sigma, z=mu + np.exp(log_sigma) * eps)

    files.write_whole(path, write)
    cli.say(f"wrote {path}: names, mu, log_sigma and z (seed {seed}) of {len(mu):,} pictures, "
            f"{mu.shape[1]} numbers a code, {run.title}")  # fmt: skip
    return cli.DONE


if __name__ == "__main__":
    cli.run(main)
