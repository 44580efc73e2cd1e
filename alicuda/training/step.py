"""One training step, with everything it touches on the device.

`run` uploads its batch; nothing after that waits for the device: the step counter, the flag that a loss was not finite,
and the ring of losses are device arrays, so that a step can be captured as a CUDA graph. Once the flag has fallen, Adam
and the running averages do nothing and the counter stands still: the parameters stay those of the failing step.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from alicuda import ops, philox
from alicuda.models.ali import ALI, Pairs, loss_d, loss_g
from alicuda.optim import Adam
from alicuda.philox import Rng
from alicuda.tensor import Tensor, grad, topological_order, wrap

RING_COLUMNS = ("loss_d", "loss_g", "d_real", "d_fake")
BUFFERS = ("values", "m", "v", "running")  # of each player; gradients are made anew by every step


class TrainingStep:
    """The step of a model, and the state that it moves besides the model's own.

    `ring` (rows, 4) holds RING_COLUMNS of the newest `rows` steps, the step s in row s % rows; `step` and `ok` are
    arrays of one int64.
    """

    def __init__(self, model: ALI, seed: int, ring_rows: int):
        self.model, self.seed, self.backend = model, seed, model.backend
        o = model.options
        self.adam = Adam(o.lr, o.beta1, o.beta2, o.adam_eps)
        self.step = self.backend.full((1,), 0, np.int64)
        self.ok = self.backend.full((1,), 1, np.int64)
        self.ring = self.backend.full((ring_rows, len(RING_COLUMNS)), 0.0, np.float32)

    def run(self, x: np.ndarray | Tensor) -> None:
        """One step on the batch x (B,H,W,C), numbers in [0, 1], from the host or a tensor already."""
        self._run(self.model.tensor(x))

    def _run(self, x: Tensor) -> None:
        g, d = self.model.players["g"], self.model.players["d"]
        pairs = self._forward(x)
        for_d, for_g = loss_d(pairs), loss_g(pairs)
        self._watch(pairs, for_d, for_g)
        if self.model.options.update == "simultaneous":
            d.store(grad(for_d, d.parameters, retain_graph=True))
            g.store(grad(for_g, g.parameters))
            self.adam.update(d, self.step, self.ok)
        else:
            d.store(grad(for_d, d.parameters))
            self.adam.update(d, self.step, self.ok)
            del pairs, for_g  # the first graph, before the second: the same draws, judged by the D just moved
            pairs = self._forward(x)
            for_g = loss_g(pairs)
            self._watch(pairs, for_d, for_g)
            g.store(grad(for_g, g.parameters))
        self.adam.update(g, self.step, self.ok)

        for player in (g, d):
            player.update_running(self.model.options.batch_norm_rate, self.ok)
        self.backend.advance(self.step, self.ok)

    def _forward(self, x: Tensor) -> Pairs:
        """All draws are named by (seed, stream, step): called twice in a step, it sees the same noise and masks."""
        rng = Rng(self.seed, philox.TRAINING, self.step)
        z = self.backend.normal((x.shape[0], self.model.options.code), rng.draw(), self.model.dtype)
        return self.model.pairs(x, wrap(z, self.backend), rng)

    def _watch(self, pairs: Pairs, for_d: Tensor, for_g: Tensor) -> None:
        chances = (ops.sigmoid(logits.detach()).mean() for logits in (pairs.real, pairs.fake))
        self.backend.watch([t.array for t in (for_d, for_g, *chances)], self.ring, self.step, self.ok)

    def read_step(self) -> int:
        """How many steps have been done. Waits for the device."""
        return int(self.backend.to_numpy(self.step)[0])

    def healthy(self) -> bool:
        """Whether every loss so far was finite. Waits for the device."""
        return bool(self.backend.to_numpy(self.ok)[0])

    @property
    def state(self) -> dict[str, Any]:
        """Every array that the next step depends on, and the ring: what a checkpoint holds."""
        players = self.model.players.items()
        arrays = {f"{name}.{buffer}": getattr(player, buffer) for name, player in players for buffer in BUFFERS}
        return arrays | {"step": self.step, "ring": self.ring}

    def non_finite_state(self) -> str | None:
        """The first array of the state that is not finite, by name: a gradient may overflow where the losses do not."""
        for player in self.model.players.values():
            for name, parameter in zip(player.names, player.parameters, strict=True):
                if not np.isfinite(parameter.numpy()).all():
                    return f"parameter {name} of shape {parameter.shape}"
        for name, array in self.state.items():
            if not np.isfinite(self.backend.to_numpy(array)).all():
                return f"{name} of shape {array.shape}"
        return None

    def first_non_finite(self, x: np.ndarray) -> str:
        """Repeat the failing step on its batch, and name the first tensor that is not finite."""
        pairs = self._forward(self.model.tensor(x))
        names: dict[int, str] = {id(tensor): name for name, tensor in pairs.tensors.items()}
        for player in self.model.players.values():
            names |= {id(t): f"parameter {name}" for name, t in zip(player.names, player.parameters, strict=True)}
        for tensor in topological_order([loss_d(pairs), loss_g(pairs)]):
            if not np.isfinite(tensor.numpy()).all():
                made: Any = f"the result of {tensor.node.name}" if tensor.node else "an input"
                return f"{names.get(id(tensor), made)} of shape {tensor.shape}"
        return "none: the losses are finite when the step is repeated"
