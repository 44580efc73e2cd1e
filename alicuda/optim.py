"""Adam, one launch over a player's flat buffer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from alicuda.nn import Player


@dataclass(frozen=True)
class Adam:
    """m += (1 - beta1) (g - m),  v += (1 - beta2) (g^2 - v),
    w -= lr * sqrt(1 - beta2^t) / (1 - beta1^t) * m / (sqrt(v) + eps),  with t = step + 1.

    eps stands outside the bias correction. Source: Kingma and Ba, ICLR 2015, end of section 2.
    """

    lr: float
    beta1: float
    beta2: float
    eps: float = 1e-8

    def update(self, player: Player, step: Any, ok: Any) -> None:
        """Move the player by its `gradients`, unless `ok` has fallen. `step` and `ok` live on the device."""
        player.backend.adam(
            player.values, player.gradients, player.m, player.v, step, ok, self.lr, self.beta1, self.beta2, self.eps
        )
