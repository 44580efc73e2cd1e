"""A backward of batch norm that a check with dy = 1 everywhere takes for right."""

import numpy as np

import alicuda
from alicuda.tutor import require

FUNCTIONS = ["wrong_backward(dy, x, scale)"]
HINTS = {"wrong_result": "batch norm makes each channel's mean equal to shift. So what can its sum do when x changes?"}


def check(answer):
    random = np.random.default_rng(0)
    x, scale, shift = random.standard_normal((7, 3)), random.standard_normal(3), random.standard_normal(3)
    for name, dy in [("dy = 1 everywhere", np.ones_like(x)), ("a random dy", random.standard_normal(x.shape))]:
        tensors = [alicuda.Tensor(array, requires_grad=True) for array in (x, scale, shift)]
        true = alicuda.grad((alicuda.batch_norm(*tensors) * alicuda.Tensor(dy)).sum(), tensors[0]).numpy()
        got = np.asarray(answer.wrong_backward(dy, x, scale), float)
        require(got.shape == x.shape, f"wrong_backward gives the shape {got.shape}, not {x.shape}.")
        off = np.abs(got - true).max()
        if name == "a random dy":
            require(
                off > 0.1, "Your backward is right: with a random dy it gives the true gradient. It shall be wrong."
            )
        else:
            require(
                off < 1e-6, f"The careless check notices: with {name} the true gradient is 0, and yours has {off:.3g}."
            )
