"""Is a gradient right? Directional central differences in float64.

For a function F of many numbers and a random unit direction v, the derivative of F along v is known twice: as the
gradient times v, and as (F(x + h v) - F(x - h v)) / 2h. F itself is sum(c * f(x)) with a random cotangent c, so that
every element of f's result counts, each differently. Source: Griewank and Walther 2008, section 3.1; for the step,
Nocedal and Wright, "Numerical Optimization", 2nd ed. 2006, section 8.1.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from alicuda import tolerances
from alicuda.tensor import Tensor, grad

DIRECTIONS = 3  # for each input
ATTEMPTS = 20  # at finding a direction along which no kink lies
ONE_SIDED = 1e-3  # how far the slopes to either side may differ, relatively: smooth functions bend by about the step


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

    f takes as many tensors and returns one; called again it must draw the same random numbers. Where the slopes to
    either side differ, or central differences with steps h and h/2, a kink lies at or near x: another direction is
    taken and counted. A result or gradient that is not finite has infinite error. ValueError if no direction is free
    of kinks, or if the inputs are degenerate: no direction has a derivative.
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
        typical = float(np.linalg.norm(gradient)) / x.size**0.5  # of the derivative along a random direction
        largest = 0.0
        for _ in range(DIRECTIONS):
            v, numeric, crossed = _smooth_direction(partial(F, i), x, typical, random)
            if v is None:
                raise ValueError(f"input {i} of {list(shapes)} lies at a kink: no direction there has a derivative")
            kinks += crossed
            analytic = float((gradient * v).sum())
            error = abs(analytic - numeric) / max(typical, abs(numeric), 1e-12)
            largest = max(largest, abs(numeric))
            if error > worst.error:
                worst = Check(error, analytic, numeric, i, shapes, kinks)
        if largest < 1e-10:
            raise ValueError(f"input {i} of {list(shapes)} is degenerate: no direction has a derivative to compare")
    return replace(worst, kinks=kinks)


def _smooth_direction(
    F: Callable[[np.ndarray], float], x: np.ndarray, typical: float, random: np.random.Generator
) -> tuple[np.ndarray | None, float, int]:
    """A unit direction along which F has no kink near x, F's slope along it, and how many were passed over before."""
    h = tolerances.FINITE_DIFFERENCE_STEP
    here = F(x)
    for crossed in range(ATTEMPTS):
        v = random.standard_normal(x.shape)
        v /= np.linalg.norm(v)
        ahead, behind = F(x + h * v), F(x - h * v)
        slope = (ahead - behind) / (2 * h)
        half = (F(x + h / 2 * v) - F(x - h / 2 * v)) / h
        scale = max(typical, abs(slope), 1e-12)
        steady = abs(slope - half) <= 0.5 * tolerances.FINITE_DIFFERENCE_RTOL * scale
        one_slope = abs((ahead - here) - (here - behind)) / h <= ONE_SIDED * scale
        if steady and one_slope:
            return v, slope, crossed
    return None, 0.0, ATTEMPTS
