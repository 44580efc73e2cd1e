"""How far two computations of the same number may differ, in one place.

A sum of L rounded terms carries a relative error of about sqrt(L) unit roundings when their signs are random (Higham,
"Accuracy and Stability of Numerical Algorithms", 2nd ed. 2002, section 2.8). An element that came out small by
cancellation carries the error of the terms, not of itself; so the absolute part is scaled by the largest reference.
"""

from __future__ import annotations

import numpy as np

# Directional central differences in float64 with step h: truncation h^2 and rounding eps / h meet near h = eps^(1/3).
FINITE_DIFFERENCE_STEP = 1e-5
FINITE_DIFFERENCE_RTOL = 1e-6

# Golden runs: the same seed and batch on two backends.
GOLDEN_LOSS_STEP_1 = 1e-5  # relative
GOLDEN_GRADIENT_STEP_1 = 1e-4  # relative norm, each parameter
GOLDEN_LOSS_STEP_10 = 1e-3  # relative: ten steps of Adam multiply what the first differ by


def rtol(dtype: np.dtype | type, length: int) -> float:
    """Relative tolerance of a result that `length` terms were added up for."""
    return float(np.finfo(dtype).eps) * (16 + 8 * length**0.5)


def worst_error(result: np.ndarray, reference: np.ndarray, dtype: np.dtype | type, length: int) -> float:
    """The largest |result - reference| in units of what is allowed: at most 1 passes.

    Infinite if anything is not finite. ValueError if the shapes differ.
    """
    result, reference = np.asarray(result, np.float64), np.asarray(reference, np.float64)
    if result.shape != reference.shape:
        raise ValueError(f"a result of shape {result.shape} cannot be compared with a reference of {reference.shape}")
    if not (np.isfinite(result).all() and np.isfinite(reference).all()):
        return float("inf")
    if reference.size == 0:
        return 0.0
    allowed = rtol(dtype, length) * (np.abs(reference) + np.abs(reference).max())
    return float((np.abs(result - reference) / np.maximum(allowed, np.finfo(np.float64).tiny)).max())
