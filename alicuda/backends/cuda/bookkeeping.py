"""The optimiser and the training step's counters: launches `adam.cu` and `bookkeeping.cu`."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, log
from typing import Any


class Bookkeeping:
    device: Any
    _elementwise: Any
    concat: Any

    def adam(
        self, w: Any, g: Any, m: Any, v: Any, step: Any, ok: Any, lr: float, beta1: float, beta2: float, eps: float
    ) -> None:
        numbers = (lr, 1 - beta1, 1 - beta2, _log(beta1), _log(beta2), eps)
        self._elementwise("adam.cu", "adam", w.size, (w, g, m, v, w.size, step, ok, *numbers))

    def lerp(self, running: Any, batch: Any, rate: float, ok: Any) -> None:
        self._elementwise("bookkeeping.cu", "lerp", running.size, (running, batch, running.size, rate, ok))

    def watch(self, values: Sequence[Any], ring: Any, step: Any, ok: Any) -> None:
        rows, columns = ring.shape
        row = self.concat([value.reshape((1,)) for value in values], 0)
        self.device.launch("bookkeeping.cu", "watch", 1, 1, (row, ring, columns, rows, step, ok))

    def advance(self, step: Any, ok: Any) -> None:
        self.device.launch("bookkeeping.cu", "advance", 1, 1, (step, ok))


def _log(beta: float) -> float:
    return log(beta) if beta else -inf
