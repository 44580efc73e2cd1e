"""Gaussians on a square grid in the plane: data of which it is known how many modes it has.

The official mixture has 25, at {-4, -2, 0, 2, 4}^2 with standard deviation 0.05, and 100,000 training points. The
points are drawn from one seed, whatever the run's, as a dataset on disk would be. Source: Dumoulin et al. 2016, section
4.3, and the official `ali_mixture.py`. How samples are counted: PacGAN, Lin et al. 2018, section 4.1, after VEEGAN.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from alicuda import philox
from alicuda.data.pictures import checksum

STREAM = 0x4D49_5854  # "MIXT"; its steps: components and places of the training set, then of the test set
STD = 0.05
SPACING = 2.0
SIGMAS = 3.0  # a sample is of high quality within so many standard deviations of the nearest centre
TRAIN, TEST = 100_000, 10_000


class Mixture(NamedTuple):
    """Points of equally likely Gaussians; the fields that `Pictures` has mean what they mean there.

    `train`, `test`: (N, 2) float32; `train_labels`, `test_labels`: (N,) int64, the component that each was drawn from;
    `centres`: (modes, 2) float64.
    """

    name: str
    train: np.ndarray
    test: np.ndarray
    train_labels: np.ndarray
    test_labels: np.ndarray
    note: str
    licence: str
    centres: np.ndarray

    def checksum(self) -> str:
        """SHA-256 over both sets."""
        return checksum(self.train, self.test)


def load(grid: int = 5) -> Mixture:
    """The mixture of grid x grid Gaussians."""
    place = centres(grid)
    train, train_labels = _draw(place, 0, TRAIN)
    test, test_labels = _draw(place, 1, TEST)
    note = f"a mixture of {len(place)} Gaussians: {TRAIN:,} training and {TEST:,} test points, drawn here"
    return Mixture("mixture", train, test, train_labels, test_labels, note, "drawn by alicuda; free to use", place)


def centres(grid: int) -> np.ndarray:
    """Where the Gaussians stand, (grid^2, 2), row by row from below left; around the origin."""
    line = SPACING * (np.arange(grid) - (grid - 1) / 2)
    y, x = np.meshgrid(line, line, indexing="ij")
    return np.stack([x.ravel(), y.ravel()], axis=1)


def nearest(points: np.ndarray, centres: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of each point (N, 2) the nearest centre's number, and how many standard deviations away it is."""
    distance = np.linalg.norm(points[:, None].astype(np.float64) - centres, axis=2)
    number = distance.argmin(axis=1)
    return number, distance[np.arange(len(points)), number] / STD


class Modes(NamedTuple):
    """What a set of samples covers: `modes` that are the nearest of at least one high-quality sample; the share
    `high_quality` of all samples; and `reverse_kl`, in nats, of the histogram of all samples' nearest modes against
    equal shares: 0 where each mode gets its share, log(modes) where one gets all."""

    modes: int
    high_quality: float
    reverse_kl: float


def count_modes(points: np.ndarray, centres: np.ndarray) -> Modes:
    """PacGAN's three figures of samples (N, 2). A sample that is not finite is of no quality, and of no mode."""
    finite = points[np.isfinite(points).all(axis=1)]
    number, sigmas = nearest(finite, centres)
    good = sigmas < SIGMAS
    share = np.bincount(number, minlength=len(centres)) / max(1, len(finite))
    seen = share[share > 0]
    kl = float((seen * np.log(seen * len(centres))).sum()) if len(finite) else float("nan")
    return Modes(len(np.unique(number[good])), float(good.sum() / len(points)), kl)


def _draw(centres: np.ndarray, which: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    words = philox.words(0, STREAM, 2 * which, 0, count).astype(np.uint64)
    labels = ((words * np.uint64(len(centres))) >> np.uint64(32)).astype(np.int64)
    noise = philox.normals(philox.words(0, STREAM, 2 * which + 1, 0, 2 * count), np.float64).reshape(count, 2)
    return (centres[labels] + STD * noise).astype(np.float32), labels
