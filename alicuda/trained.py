"""A trained model and pictures to show it: what the commands sample, reconstruct, encode and interpolate share."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from alicuda import cli, philox
from alicuda.data import choose, image_folder
from alicuda.data.find import CONTENTS
from alicuda.data.pictures import Pictures
from alicuda.errors import InputError
from alicuda.models.ali import ALI
from alicuda.philox import Rng
from alicuda.training import checkpoint, run_directory

# Steps of the stream of pictures, so that no command draws what another does; 0 is `pictures.draw_codes`.
ENCODER_NOISE, PAIRING = 1, 2


def add_arguments(to: argparse.ArgumentParser, seed: str) -> None:
    """RUN, -o and --seed. `seed`: what the seed decides."""
    to.add_argument("run", type=cli.path, metavar="RUN", help="a run directory (its newest checkpoint) or a checkpoint")
    to.add_argument("-o", "--output", type=cli.path, metavar="FILE", help="where to write (default: into RUN)")
    to.add_argument("--seed", type=cli.seed, metavar="N", help=f"{seed} (default: the seed of the run)")


def add_images(to: argparse.ArgumentParser, images: str, n: str) -> None:
    """IMAGE ..., or -n and --data for the test pictures. `images`, `n`: what they mean."""
    to.add_argument("images", nargs="*", type=cli.path, metavar="IMAGE", help=f"{images} (default: the test set)")
    to.add_argument("-n", type=cli.at_least(1), metavar="N", help=n)
    to.add_argument(
        "--data", type=cli.path, metavar="DIR", help="where test pictures are (default: where the run's were)"
    )


def refuse_both(args: argparse.Namespace) -> None:
    """InputError if own pictures are named and test pictures are asked for."""
    if args.images and (args.data or args.n):
        raise InputError("name your own pictures, or choose test pictures with --data and -n: not both.")


@dataclass(frozen=True)
class Trained:
    """A model out of a checkpoint; `config` is None for a checkpoint that lies in no run directory."""

    model: ALI
    checkpoint: Path
    config: dict[str, Any] | None
    step: int

    @property
    def size(self) -> int:
        """Pixels a side of the model's pictures."""
        return self.model.shape[0]

    @property
    def title(self) -> str:
        """What a caption says: experiment, the pictures' source where that is another, and step."""
        source = self.config["source"] if self.config else self.model.experiment
        other = "" if source == self.model.experiment else f" ({source})"
        return f"{self.model.experiment}{other}, step {self.step:,}"

    def output(self, asked: Path | None, name: str, ending: str) -> Path:
        """Where to write: `asked`, else NAME-step-STEP.ENDING in the run directory, or beside a lone checkpoint.

        InputError if that cannot be written, before anything is computed.
        """
        lone = self.config is None
        folder = self.checkpoint.parent if lone else self.checkpoint.parent.parent
        path = asked or folder / f"{name}-{self.checkpoint.stem}{ending}"
        if path.suffix.lower() != ending:
            raise InputError(f"-o {path}: the file is written as {ending}; give a name that ends so.")
        if os.path.isdir(path):  # False, not an error as from pathlib, where the name is too long
            raise InputError(f"{path} is a directory; give a file with -o FILE{ending}.")
        if not os.path.isdir(path.parent):
            raise InputError(f"-o {path}: there is no directory {path.parent}; make it first.")
        if not os.access(path.parent, os.W_OK):
            raise InputError(f"{path.parent} may not be written to; give another place with -o FILE{ending}.")
        return path


def open_run(path: Path, encodes: bool = False, of: str = "pictures") -> Trained:
    """The newest whole checkpoint of a run directory, or one checkpoint, on the current backend.

    InputError if there is none, if it does not fit its run's config, if its model is not one of `of` (pictures or
    points), or if an encoder is needed (`encodes`) and it has none.
    """
    file = checkpoint.find(path)
    model, step = checkpoint.load_with_step(file)
    run = file.parent.parent
    in_run = file.parent.name == run_directory.CHECKPOINTS and (run / run_directory.CONFIG).exists()
    config = run_directory.read_config(run) if in_run else None
    if config and config.get("experiment") != model.experiment:
        raise InputError(
            f"{file} is a checkpoint of {model.experiment}, but {run} is a run of {config.get('experiment')}."
        )
    has = "pictures" if len(model.shape) == 3 else "points"
    if has != of:
        raise InputError(f"{file} is a model of {has} ({model.experiment}); this command is for models of {of}.")
    if encodes and not model.encodes:
        raise InputError(f"{file} is a GAN, which has no encoder; train without --model gan to have one.")
    return Trained(model, file, config, step)


def read_pictures(paths: Sequence[Path], size: int) -> np.ndarray:
    """Your own picture files, (N, size, size, 3) uint8."""
    return np.stack([image_folder.read_picture(path, size) for path in paths])


def load_test_pictures(trained: Trained, data: Path | None, notice: Callable[[str], None]) -> np.ndarray:
    """The test pictures of the run, (N,H,W,3) uint8; with `data`, those found there instead.

    `notice` is told if they are no longer what the run was tested on. InputError where they cannot be had.
    """
    config = trained.config
    if data is not None:
        return choose.load(_source_in(data, trained), data, trained.size, fallback=False).test
    if config is None:
        raise InputError(f"{trained.checkpoint} lies in no run directory, so its test pictures are not known; "
                         "name your own, or say where there are some with --data DIR.")  # fmt: skip
    place = Path(config["data"]) if config["data"] else None
    try:
        found = choose.load(config["source"], place, trained.size, fallback=False)
    except InputError as error:
        way_out = "say where they are now with --data DIR, or name your own"
        raise InputError(f"the run's pictures: {str(error).rstrip('.')}; {way_out}.") from None
    if not _same(config, found):
        notice(f"the pictures are not those that the run was started with ({config['pictures']['note']}): "
               "some of those shown as test pictures may have been trained on.")  # fmt: skip
    return found.test


def _source_in(data: Path, trained: Trained) -> str:
    """What --data holds: the source that the run knows, else SVHN if its files are there, else pictures."""
    known = trained.config["source"] if trained.config else None
    if known in ("svhn", "images"):
        return known
    root = data.expanduser()
    holds_svhn = any((folder / name).exists() for folder in (root, root / "svhn") for name in CONTENTS["svhn"])
    return "svhn" if holds_svhn and trained.size == 32 else "images"


def _same(config: dict[str, Any], found: Pictures) -> bool:
    """Whether the test pictures are the run's. One that trained on SVHN's extra set has the same test set as others."""
    before = config["pictures"]
    if not before or found.name == "svhn":
        return not before or before["test"] == len(found.test)
    return before["sha256"] == found.checksum()


def encoder_noise(model: ALI, n: int, seed: int, draws: int) -> list[np.ndarray]:
    """`draws` arrays (n, code) of N(0, 1). The first ones of a larger draw, and the first rows of more pictures."""
    rng = Rng(seed, philox.PICTURES, ENCODER_NOISE)
    shape = (n, model.options.code)
    return [model.backend.to_numpy(model.backend.normal(shape, rng.draw(), np.float32)) for _ in range(draws)]


def shuffled(n: int, seed: int) -> np.ndarray:
    """range(n) in an order of the seed."""
    return np.argsort(philox.words(seed, philox.PICTURES, PAIRING, 0, n), kind="stable")
