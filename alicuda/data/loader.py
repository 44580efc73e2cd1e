"""The shuffle: which pictures make up the batch of a global step, as a function of (seed, step) and nothing else.

A run that resumes in the middle of an epoch asks for its next step and gets the batch that the uninterrupted run gets.
"""

from __future__ import annotations

import numpy as np

from alicuda import philox
from alicuda.errors import InputError

STREAM = 0x5348_5546  # "SHUF"; its step is the number of the epoch


class Loader:
    """Batches of `pictures`, (N, H, W, 3) uint8. Each epoch shows every picture once, in a new order; where N is no
    multiple of `batch_size`, its last batch is smaller (SVHN's extra set: 31 of 100). Raises InputError where there are
    fewer pictures than a batch holds."""

    def __init__(self, pictures: np.ndarray, batch_size: int, seed: int):
        if batch_size < 1:
            raise InputError(f"the batch size must be at least 1, got {batch_size}")
        if batch_size > len(pictures):
            raise InputError(
                f"a batch of {batch_size} needs at least as many training pictures, found {len(pictures)}; "
                f"give more pictures or --batch-size {len(pictures)}"
                if len(pictures)
                else "there are no training pictures"
            )
        self.pictures, self.batch_size, self.seed = pictures, batch_size, seed
        self.steps_per_epoch = -(-len(pictures) // batch_size)
        self._epoch, self._order = -1, np.empty(0, np.int64)

    def indices(self, step: int) -> np.ndarray:
        """Positions in `pictures` of the batch of global step `step`, counted from 0: (n,) int64, n <= batch_size."""
        if step < 0:
            raise ValueError(f"steps are counted from 0, got {step}")
        epoch, place = divmod(step, self.steps_per_epoch)
        if epoch != self._epoch:
            keys = philox.words(self.seed, STREAM, epoch, 0, len(self.pictures))
            # Stable: where two keys are equal the order is defined too, and the same on every machine.
            self._epoch, self._order = epoch, np.argsort(keys, kind="stable").astype(np.int64)
        return self._order[place * self.batch_size : (place + 1) * self.batch_size].copy()

    def batch(self, step: int) -> np.ndarray:
        """The pictures of global step `step`: (n, H, W, 3) uint8."""
        return self.pictures[self.indices(step)]
