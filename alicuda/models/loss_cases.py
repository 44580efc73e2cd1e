"""ALI's two losses as cases of the gradient checks: each a function of everything that its player learns.

The model is `tiny`. Finite differences and backends are asked about it as about an op (`backend_checks.py`); only how
far backends may differ is that of golden runs, since every gradient has come through a dozen layers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from alicuda import backends, tolerances
from alicuda.backends.numpy_ import NumPy
from alicuda.gradient_cases import Case
from alicuda.models.ali import ALI, Pairs, loss_d, loss_g
from alicuda.philox import Rng
from alicuda.tensor import Tensor

NETS = {"d": "D", "g": "G1 and G2"}
OTHERS_SEED = 17  # of the parameters that a loss does not move


@dataclass(frozen=True)
class LossCase(Case):
    """A loss and the player ("d" or "g") that it moves. The inputs are the player's parameters."""

    player: str = ""

    def inputs(self, seed: int) -> list[np.ndarray]:
        return parameters(self.player, seed)

    @property
    def tried(self) -> str:
        return f"all {len(self.shapes)} parameters of {NETS[self.player]} (tiny, batch {_model().options.batch_size})"

    def input_name(self, i: int) -> str:
        return _model().players[self.player].names[i]

    def error(self, i: int, found: np.ndarray, exact: np.ndarray, dtype: Any) -> tuple[float, float]:
        """Of the loss itself its relative error, of each gradient the norm of what is wrong with it."""
        difference, size = np.linalg.norm(found - exact), np.linalg.norm(exact)
        error = float(difference / size) if np.isfinite(difference) else float("inf")
        return error, tolerances.GOLDEN_GRADIENT_STEP_1 if i else tolerances.GOLDEN_LOSS_STEP_1


@cache
def _model() -> ALI:
    """The model whose nets are called, on whatever backend the parameters live that they are given."""
    with backends.use_backend(NumPy()):
        return ALI("tiny", dtype=np.float64)


@cache
def _batch() -> tuple[np.ndarray, np.ndarray]:
    """Pictures x and codes z, exact in float32."""
    random, model = np.random.default_rng(1), _model()
    x = random.random((model.options.batch_size, *model.shape), np.float32)
    return x, random.standard_normal((model.options.batch_size, model.options.code), np.float32)


def parameters(player: str, seed: int) -> list[np.ndarray]:
    """Values for everything that a player learns, float64: near those that training starts from, but no scale is 1 and
    no bias 0, where a factor or a sum that is left out would not be missed."""
    random, model = np.random.default_rng(seed), _model()
    drawn = []
    for name, parameter in zip(model.players[player].names, model.players[player].parameters, strict=True):
        noise = random.standard_normal(parameter.shape)
        drawn.append(1 + 0.2 * noise if name.endswith(".scale") else model.options.init_std * noise)
    return drawn


def _set(player: str, values: list[Tensor]) -> None:
    """Let the player's layers use these tensors as their parameters, in the order of `Player.parameters`."""
    given = iter(values)
    for _, layer in _model().players[player].layers:
        layer.parameters = {key: next(given) for key in layer.shapes}


def _case(op: str, player: str, loss: Callable[[Pairs], Tensor]) -> LossCase:
    other = {"d": "g", "g": "d"}[player]

    def function(*values: Tensor) -> Tensor:
        dtype = values[0].dtype
        fixed = [x.astype(np.float32).astype(dtype) for x in parameters(other, OTHERS_SEED)]
        _set(player, list(values))
        _set(other, [Tensor(x) for x in fixed])
        x, z = (Tensor(array.astype(dtype)) for array in _batch())
        return loss(_model().pairs(x, z, Rng(5, step=3)))

    return LossCase(op, function, tuple(x.shape for x in parameters(player, 0)), player=player)


LOSS_CASES = [_case("ali_loss_d", "d", loss_d), _case("ali_loss_g", "g", loss_g)]
