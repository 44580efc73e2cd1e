"""What each kernel file must get right, as checks that are few and fast: mutants have to get past them.

`CHECKS` maps a file of `kernels/cuda/` to its checks: a name, and a function of a backend that raises AssertionError.
Most are rows of the table that every backend is tested with (`tests/backends/cases.py`), as far as they are small.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.backends.cases import CASES, ORACLE, Case, fresh

Check = tuple[str, Callable[[Any], None]]

SMALL = 30_000  # elements; the checked build takes about a hundred times as long as the fast one

# The primitives whose kernels are in a file.
PRIMITIVES = {
    "adam.cu": {"adam"},
    "arithmetic.cu": {"add", "mul", "affine", "power", "full", "copy_into"},
    "batch_norm.cu": {"batch_norm", "batch_norm_grad", "batch_norm_leaky_relu", "batch_norm_leaky_relu_grad"},
    "bias.cu": {"bias_add", "bias_grad"},
    "bookkeeping.cu": {"lerp"},
    "conv2d.cu": {"conv2d"},
    "conv2d_input_grad.cu": {"conv2d_input_grad"},
    "conv2d_weight_grad.cu": {"conv2d_weight_grad"},
    "dropout.cu": {"dropout", "dropout_grad"},
    "gaussian.cu": {"uniform", "normal", "gaussian_sample", "gaussian_sample_grad"},
    "leaky_relu.cu": {"leaky_relu", "leaky_relu_grad"},
    "maxout.cu": {"maxout", "maxout_grad"},
    "reduce.cu": {"sum", "mean"},
    "shapes.cu": {"concat", "split", "broadcast_to"},
    "sigmoid.cu": {"sigmoid", "sigmoid_grad", "softplus", "softplus_grad", "exp", "exp_grad"},
}


# Ragged in each way: fewer channels than a warp; channels that do and do not divide by four; several blocks of rows,
# the last one short; several blocks of columns, the last one narrow.
MATRICES = [(33, 7), (33, 8), (600, 7), (70, 140), (31, 37)]


def batch_norm() -> list[Case]:
    found = []
    for x in MATRICES:
        rows, c = x[0], x[1:]
        for name, shapes, more in (
            ("batch_norm", (x, c, c), (1e-4,)),
            ("batch_norm_leaky_relu", (x, c, c), (1e-4, 0.01)),
            ("batch_norm_grad", (x, x, c, c, c), ()),
            ("batch_norm_leaky_relu_grad", (x, x, x, c, c, c), (0.01,)),
        ):
            found.append(Case(name, lambda b, *a, n=name, more=more: getattr(b, n)(*a, *more), shapes, rows))
    return found


def large_mean(backend: Any) -> None:
    """Nothing may cancel where a channel's mean is 1000 times its deviation."""
    x = np.random.default_rng(0).normal(1000, 1, (600, 8)).astype(np.float32)
    one, zero = np.ones(8, np.float32), np.zeros(8, np.float32)
    inv_std = backend.to_numpy(backend.batch_norm(*map(backend.asarray, (x, one, zero)), 1e-4)[2])
    exact = ORACLE.batch_norm(x.astype(np.float64), one, zero, 1e-4)[2]
    assert np.isfinite(inv_std).all() and np.abs(inv_std / exact - 1).max() < 1e-5, "the variance has cancelled"


# N, H, W, C, R, S, K, stride: every way to be ragged, with channels that do and do not divide by four; many blocks, and
# few with a long depth; filters as large as the image, smaller than the stride, of one tap.
CONVOLUTIONS = [
    (3, 9, 7, 3, 3, 2, 7, 1), (2, 9, 10, 8, 4, 4, 12, 2), (33, 4, 4, 16, 4, 4, 33, 1), (2, 9, 10, 2, 1, 1, 3, 2),
    (70, 2, 2, 4, 1, 1, 68, 1), (1, 1, 1, 1, 1, 1, 1, 1), (5, 12, 9, 20, 3, 5, 40, 3),
]  # fmt: skip


def convolution() -> list[Case]:
    found = []
    for N, H, W, C, R, S, K, stride in CONVOLUTIONS:
        P, Q = (H - R) // stride + 1, (W - S) // stride + 1
        x, w, y = (N, H, W, C), (R, S, C, K), (N, P, Q, K)
        found += [
            Case("conv2d", lambda b, x, w, s=stride: b.conv2d(x, w, s), (x, w), R * S * C),
            Case(
                "conv2d_input_grad",
                lambda b, dy, w, size=(H, W), s=stride: b.conv2d_input_grad(dy, w, size, s), (y, w), R * S * K,
            ),
            Case(
                "conv2d_weight_grad",
                lambda b, x, dy, taps=(R, S), s=stride: b.conv2d_weight_grad(x, dy, taps, s), (x, y), N * P * Q,
            ),
        ]  # fmt: skip
    return found


def slices(backend: Any) -> None:
    """Arrays that begin between multiples of 16 bytes, for kernels that read and write four floats at once."""
    x = np.random.default_rng(0).standard_normal(150).astype(np.float32)
    buffer = fresh(backend, backend.asarray(x))
    inside, other = buffer[3:140], backend.asarray(x)[1:138]
    backend.lerp(inside, other, 0.25, backend.full((1,), 1, np.int64))
    exact = x.copy()
    exact[3:140] += 0.25 * (x[1:138] - x[3:140])
    np.testing.assert_allclose(backend.to_numpy(buffer), exact, rtol=1e-6, atol=1e-6)


def watch(backend: Any) -> None:
    """A row of the ring for each step; once a value is not finite nothing is written and nothing moves any more."""
    ring, step, ok = (backend.full(*of) for of in (((3, 2), 0.0, np.float32), ((1,), 3, np.int64), ((1,), 1, np.int64)))
    running = backend.full((5,), 8.0, np.float32)
    for value in (1.0, 2.0, np.nan, 4.0):
        backend.watch([backend.asarray(np.float32(v)) for v in (value, value + 1)], ring, step, ok)
        backend.lerp(running, backend.full((5,), 0.0, np.float32), 0.5, ok)
        backend.advance(step, ok)
    np.testing.assert_array_equal(backend.to_numpy(ring), [[1, 2], [2, 3], [np.nan, np.nan]])
    assert [backend.to_numpy(a).tolist() for a in (step, ok, running)] == [[5], [0], [2.0] * 5], (
        "what moved, and what not"
    )


def adam_that_stands_still(backend: Any) -> None:
    w = backend.full((33,), 3.0, np.float32)
    step, ok = backend.full((1,), 1, np.int64), backend.full((1,), 0, np.int64)
    backend.adam(w, *(backend.full((33,), 1.0, np.float32) for _ in range(3)), step, ok, 0.1, 0.5, 0.9, 1e-8)
    assert (backend.to_numpy(w) == 3).all(), "adam moved though the flag was down"


BESIDE: dict[str, list[Check]] = {
    "adam.cu": [("adam with the flag down", adam_that_stands_still)],
    "batch_norm.cu": [("batch_norm where the mean is large", large_mean)],
    "bookkeeping.cu": [("lerp of slices", slices), ("watch and advance", watch)],
}


def _checks(file: str) -> list[Check]:
    cases = [*CASES, *batch_norm(), *convolution()]
    chosen = [c for c in cases if c.size <= SMALL and c.primitive.split("(")[0].split("-")[0] in PRIMITIVES[file]]
    return [*((str(case), case.check) for case in chosen), *BESIDE.get(file, [])]


CHECKS = {file: _checks(file) for file in PRIMITIVES}
