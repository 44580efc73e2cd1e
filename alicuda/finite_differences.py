"""Is a gradient right? Directional central differences in float64.

For a function F of many numbers and a random unit direction v, the derivative of F along v is known twice: as the
gradient times v, and as (F(x + h v) - F(x - h v)) / 2h. F itself is sum(c * f(x)) with a random cotangent c, so that
every element of f's result counts, each differently. Source: Griewank and Walther 2008, section 3.1; for the step,
Nocedal and Wright, "Numerical Optimization", 2nd ed. 2006, section 8.1.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from alicuda import tolerances
from alicuda.tensor import Tensor, grad

DIRECTIONS = 3  # for each input
ATTEMPTS = 20  # at finding a direction along which no kink lies


@dataclass(frozen=True)
class Check:
    """The worst of all directions: `error` is relative, `kinks` counts the directions stepped around."""

    error: float
    analytic: float
    numeric: float
    input_index: int
    shapes: tuple[tuple[int, ...], ...]
    kinks: int

    @property
    def passed(self) -> bool:
        return self.error <= tolerances.FINITE_DIFFERENCE_RTOL

    def __str__(self) -> str:
        verdict = "right" if self.passed else "WRONG"
        return (
            f"gradient {verdict}: input {self.input_index} of {list(self.shapes)}: "
            f"by the chain rule {self.analytic:.10g}, by finite differences {self.numeric:.10g}, "
            f"relative error {self.error:.2g}, at most {tolerances.FINITE_DIFFERENCE_RTOL:g} is allowed"
        )


def check_gradient(f: Callable[..., Tensor], inputs: Sequence[np.ndarray], seed: int = 0) -> Check:
    """Compare `grad` through f with finite differences, for each of `inputs` (float64 arrays) by itself.

    f takes as many tensors and returns one; called again it must draw the same random numbers. Where central
    differences with steps h and h/2 disagree a kink lies between, and another direction is taken. A result or gradient
    that is not finite has infinite error. ValueError if the inputs are degenerate: no direction has a derivative.
    """
    random = np.random.default_rng(seed)
    inputs = [np.asarray(array, np.float64) for array in inputs]
    shapes = tuple(array.shape for array in inputs)
    tensors = [Tensor(array, requires_grad=True) for array in inputs]
    y = f(*tensors)
    cotangent = random.standard_normal(y.shape)
    gradients = [g.numpy() for g in grad((y * cotangent).sum(), tensors)]

    def F(i: int, moved: np.ndarray) -> float:
        arguments = [Tensor(moved if j == i else array) for j, array in enumerate(inputs)]
        return float((f(*arguments).numpy() * cotangent).sum())

    worst = Check(-1.0, 0.0, 0.0, 0, shapes, 0)
    kinks = 0
    for i, (x, gradient) in enumerate(zip(inputs, gradients, strict=True)):
        if not (np.isfinite(y.numpy()).all() and np.isfinite(gradient).all()):
            return Check(float("inf"), float("nan"), float("nan"), i, shapes, kinks)
        largest = 0.0
        for _ in range(DIRECTIONS):
            for _attempt in range(ATTEMPTS):
                v = random.standard_normal(x.shape)
                v /= np.linalg.norm(v)
                h = tolerances.FINITE_DIFFERENCE_STEP
                numeric, half = ((F(i, x + s * v) - F(i, x - s * v)) / (2 * s) for s in (h, h / 2))
                analytic = float((gradient * v).sum())
                scale = max(abs(numeric), float(np.linalg.norm(gradient)) / x.size**0.5, 1e-12)
                if abs(numeric - half) <= 0.5 * tolerances.FINITE_DIFFERENCE_RTOL * scale:
                    break
                kinks += 1
            error = abs(analytic - numeric) / scale
            largest = max(largest, abs(numeric))
            if error > worst.error:
                worst = Check(error, analytic, numeric, i, shapes, kinks)
        if largest < 1e-10:
            raise ValueError(f"input {i} of {list(shapes)} is degenerate: no direction has a derivative to compare")
    return Check(worst.error, worst.analytic, worst.numeric, worst.input_index, shapes, kinks)
