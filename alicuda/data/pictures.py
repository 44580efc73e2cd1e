"""Pictures: what every source gives, whatever it read them from."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Pictures:
    """A training and a test set of pictures of one size.

    `train`, `test`: (N, H, W, 3) uint8; `train_labels`, `test_labels`: (N,) int64 or None where the source has none;
    `note`: one sentence for the user, what these pictures are and how many; `licence`: how they may be used.
    """

    name: str
    train: np.ndarray
    test: np.ndarray
    train_labels: np.ndarray | None
    test_labels: np.ndarray | None
    note: str
    licence: str

    def checksum(self) -> str:
        """SHA-256 over both sets' shapes and pixels: two runs with the same checksum saw the same pictures."""
        return checksum(self.train, self.test)


def checksum(*arrays: np.ndarray) -> str:
    """SHA-256 over the arrays' shapes and contents."""
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(repr(array.shape).encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()
