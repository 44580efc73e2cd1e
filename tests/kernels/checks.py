"""What each kernel file must get right: primitives at small odd shapes, in float32 against the oracle in float64.

`CHECKS` maps a file of `kernels/cuda/` to its checks: a name, and a function of a backend that raises AssertionError.
They are what mutants have to get past (`tests/mutate.py`), so they are few and fast; every property of every primitive
at every shape is tested in `tests/backends/`.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from alicuda.backends.numpy_ import NumPy
from alicuda.tolerances import worst_error

ORACLE = NumPy()
Check = tuple[str, Callable[[Any], None]]


def compare(backend: Any, call: Callable[..., Any], arrays: list[np.ndarray], length: int) -> None:
    """call(backend, *arrays) must give what the oracle gives; `length` terms are added up for a result."""
    ours = call(backend, *(backend.asarray(a) for a in arrays))
    exact = call(ORACLE, *(a.astype(np.float64) if a.dtype == np.float32 else a for a in arrays))
    for result, reference in zip(*map(_several, (ours, exact)), strict=True):
        result = backend.to_numpy(result)
        assert np.isfinite(result).all(), "a result is not finite"
        error = worst_error(result, reference, np.float32, length)
        assert error <= 1, f"wrong result, {error:.2g} times the error that is allowed"


def _several(results: Any) -> Any:
    return results if isinstance(results, tuple | list) else (results,)


def numbers(*shapes: tuple[int, ...]) -> list[np.ndarray]:
    random = np.random.default_rng(sum(map(sum, shapes)))
    return [random.standard_normal(shape).astype(np.float32) for shape in shapes]


def check(name: str, call: Callable[..., Any], arrays: list[np.ndarray], length: int = 1) -> Check:
    return f"{name} {arrays[0].shape}", lambda backend: compare(backend, call, arrays, length)


# Ragged in each way: fewer channels than a warp; channels that do and do not divide by four; several blocks of rows,
# the last one short; several blocks of columns, the last one narrow.
MATRICES = [(33, 7), (33, 8), (600, 7), (70, 140), (31, 37), (1, 1)]


def bias() -> list[Check]:
    found = []
    for shape in MATRICES:
        x, b = numbers(shape, shape[1:])
        found.append(check("bias_add", lambda backend, x, b: backend.bias_add(x, b), [x, b]))
        found.append(check("bias_grad", lambda backend, x, s=b.shape: backend.bias_grad(x, s), [x], len(x)))
    return found


def reductions() -> list[Check]:
    found = []
    shapes = [((0,), (33, 7)), ((0, 1), (19, 5)), ((1,), (5, 33, 7)), ((1,), (3, 600, 40)), ((2,), (7, 5, 9)),
              ((0, 2), (300, 3, 70)), ((1,), (70, 3, 1)), ((0,), (33, 140))]  # fmt: skip
    for axes, shape in shapes:
        (x,) = numbers(shape)
        for name in ("sum", "mean"):
            call = lambda backend, x, axes=axes, name=name: getattr(backend, name)(x, axes)  # noqa: E731
            found.append(check(f"{name} over {axes} of", call, [x], x.size // ORACLE.sum(x, axes).size))
    return found


def batch_norm() -> list[Check]:
    found = []
    for shape in MATRICES[:-1]:
        x, dy, scale, shift = numbers(shape, shape, shape[-1:], shape[-1:])
        x = 3 * x + 2
        y, mean, inv_std = ORACLE.batch_norm_leaky_relu(x, scale, shift, 1e-4, 0.01)
        for name, arrays, more in (
            ("batch_norm", [x, scale, shift], (1e-4,)),
            ("batch_norm_leaky_relu", [x, scale, shift], (1e-4, 0.01)),
            ("batch_norm_grad", [dy, x, scale, mean, inv_std], ()),
            ("batch_norm_leaky_relu_grad", [dy, x, y, scale, mean, inv_std], (0.01,)),
        ):
            call = lambda backend, *a, name=name, more=more: getattr(backend, name)(*a, *more)  # noqa: E731
            found.append(check(name, call, arrays, len(x)))
    return [*found, ("batch_norm where the mean is large", large_mean)]


def large_mean(backend: Any) -> None:
    """Nothing may cancel where a channel's mean is 1000 times its deviation."""
    x = (1000 + numbers((600, 8))[0]).astype(np.float32)
    one, zero = np.ones(8, np.float32), np.zeros(8, np.float32)
    inv_std = backend.to_numpy(backend.batch_norm(*map(backend.asarray, (x, one, zero)), 1e-4)[2])
    exact = ORACLE.batch_norm(x.astype(np.float64), one, zero, 1e-4)[2]
    assert np.isfinite(inv_std).all() and np.abs(inv_std / exact - 1).max() < 1e-5, "the variance has cancelled"


CHECKS: dict[str, list[Check]] = {
    "bias.cu": bias(),
    "reduce.cu": reductions(),
    "batch_norm.cu": batch_norm(),
}
