"""The optimiser and the training step's counters."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, log
from typing import Any

from alicuda.backends.numba_.array import Array


class Bookkeeping:
    device: Any
    concat: Any

    def adam(
        self, w: Array, g: Array, m: Array, v: Array, step: Array, ok: Array,
        lr: float, beta1: float, beta2: float, eps: float,
    ) -> None:  # fmt: skip
        logs = [log(beta) if beta else -inf for beta in (beta1, beta2)]
        numbers = [float(number) for number in (lr, 1 - beta1, 1 - beta2, *logs, eps)]
        self.device.launch_each("adam", "adam", w.size, w, g, m, v, w.size, step, ok, *numbers)

    def lerp(self, running: Array, batch: Array, rate: float, ok: Array) -> None:
        args = (running.reshape(-1), batch.reshape(-1), running.size, float(rate), ok)
        self.device.launch_each("bookkeeping", "lerp", running.size, *args)

    def watch(self, values: Sequence[Array], ring: Array, step: Array, ok: Array) -> None:
        rows, columns = ring.shape
        row = self.concat([value.reshape(1) for value in values], 0)
        self.device.launch("bookkeeping", "watch", 1, 1, row, ring, columns, rows, step, ok)

    def advance(self, step: Array, ok: Array) -> None:
        self.device.launch("bookkeeping", "advance", 1, 1, step, ok)
