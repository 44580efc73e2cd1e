"""Is a backend right? Two questions about each case of `gradient_cases.py`, with one kind of answer.

The oracle, the plain definition of every primitive in `backends/numpy_.py`, is held against finite differences in
float64. Every other backend is held against the oracle: the result and all gradients, in float32 or whatever dtype.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from alicuda import backends, tolerances
from alicuda.backends.numpy_ import NumPy
from alicuda.errors import InputError
from alicuda.finite_differences import check_gradient
from alicuda.gradient_cases import Case
from alicuda.tensor import Tensor, grad

ORACLE = "oracle"  # as results name it


@dataclass(frozen=True)
class Result:
    """How one case went. `error` and `tolerance` are relative; `where`: what the worst error is of; `kinks`: directions
    that finite differences stepped around."""

    case: Case
    backend: str
    against: str
    error: float
    tolerance: float
    where: str
    kinks: int = 0

    @property
    def passed(self) -> bool:
        return self.error <= self.tolerance

    def __str__(self) -> str:
        verdict = "right" if self.passed else "WRONG"
        return (
            f"{self.case.op} on {self.backend} {verdict} against {self.against}, tried with {self.case.tried}: "
            f"{self.where}, relative error {self.error:.2g}, at most {self.tolerance:.2g} is allowed"
        )


def worst(results: Sequence[Result]) -> Result:
    """One that failed, if there is one; among equals that of the largest error."""
    return max(results, key=lambda result: (not result.passed, math.inf if math.isnan(result.error) else result.error))


def check_oracle(case: Case, seed: int = 0) -> Result:
    """The oracle's gradients against central differences, in float64."""
    result = Result(case, ORACLE, "finite differences", math.inf, tolerances.FINITE_DIFFERENCE_RTOL, "")
    try:
        with backends.use_backend(NumPy()):
            check = check_gradient(case.function, case.inputs(seed), seed)
    except ValueError as error:
        return _not_computed(result, error)
    where = (
        f"gradient of {case.input_name(check.input_index)}: by the chain rule {check.analytic:.10g}, "
        f"by finite differences {check.numeric:.10g}"
    )
    return replace(result, error=check.error, where=where, kinks=check.kinks)


def compare(case: Case, backend: Any, seed: int = 0, dtype: Any = np.float32) -> Result:
    """The case on `backend` (a name or an object) in `dtype`, against the oracle in float64.

    Both get the same inputs and the same random cotangent, rounded to `dtype` first: what is compared is what the
    backend computes, not what it was given. A result that is not finite, or not of `dtype`, has infinite error.
    """
    backend = backends.get(backend) if isinstance(backend, str) else backend
    result = Result(case, backend.name, f"oracle, {np.dtype(dtype)}", math.inf, tolerances.rtol(dtype, case.length), "")
    inputs = [x.astype(dtype) for x in case.inputs(seed)]
    answers = []
    try:
        found = _forward_and_gradients(case, backend, inputs, seed)
        reference = _forward_and_gradients(case, NumPy(), [x.astype(np.float64) for x in inputs], seed, dtype)
        for i, (ours, exact) in enumerate(zip(found, reference, strict=True)):
            what = f"gradient of {case.input_name(i - 1)}" if i else "result"
            error, tolerance = case.error(i, ours, exact, dtype)
            if ours.dtype != dtype:
                error, what = math.inf, f"{what} is {ours.dtype}, not {np.dtype(dtype)}"
            answers.append(replace(result, error=error, tolerance=tolerance, where=what))
    except ValueError as error:
        return _not_computed(result, error)
    return worst(answers)


def _not_computed(result: Result, error: ValueError) -> Result:
    """What a wrong shape, or a function that has no derivative, leads to: an answer like others, and no right one."""
    if isinstance(error, InputError):
        raise error
    return replace(result, where=str(error))


def _forward_and_gradients(
    case: Case, backend: Any, inputs: list[np.ndarray], seed: int, rounded_to: Any = None
) -> list[np.ndarray]:
    """[f(inputs), the gradient of each input] under a random cotangent c of the seed, rounded to a dtype."""
    with backends.use_backend(backend):
        tensors = [Tensor(x, requires_grad=True) for x in inputs]
        y = case.function(*tensors)
        dtype = inputs[0].dtype
        c = np.random.default_rng(seed + 1).standard_normal(y.shape).astype(rounded_to or dtype).astype(dtype)
        return [y.numpy(), *(g.numpy() for g in grad((y * c).sum(), tensors))]
