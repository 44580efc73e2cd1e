"""What each kernel file must get right, as checks that are few and fast: mutants have to get past them.

`CHECKS` maps a file of `kernels/cuda/` to its checks: a name, and a function of a backend that raises AssertionError.
Most are rows of the table that every backend is tested with (`tests/backends/cases.py`), as far as they are small.
"""

from collections.abc import Callable
from typing import Any
from unittest import mock

import numpy as np

from alicuda.backends.cuda import convolution
from alicuda.backends.cuda.tiles import TILES
from tests.backends.cases import CASES, ORACLE, Case, fresh

Check = tuple[str, Callable[[Any], None]]

SMALL = 30_000  # elements; the checked build takes ten to a hundred times as long as the fast one

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


def large_mean(backend: Any) -> None:
    """Nothing may cancel where a channel's mean is 1000 times its deviation."""
    x = np.random.default_rng(0).normal(1000, 1, (600, 8)).astype(np.float32)
    one, zero = np.ones(8, np.float32), np.zeros(8, np.float32)
    inv_std = backend.to_numpy(backend.batch_norm(*map(backend.asarray, (x, one, zero)), 1e-4)[2])
    exact = ORACLE.batch_norm(x.astype(np.float64), one, zero, 1e-4)[2]
    assert np.isfinite(inv_std).all() and np.abs(inv_std / exact - 1).max() < 1e-5, "the variance has cancelled"


def every_tile(primitive: str) -> list[Check]:
    """A convolution made of each tile in turn; left to itself the backend would choose others for shapes so small."""
    found = []
    for vector, tiles in TILES.items():
        N, channels = (2, 4) if vector == 4 else (31, 1)  # so many images, of channels that this divides
        of_it = (c for c in CASES if c.primitive == primitive and c.shapes[0][0] == N)
        case = next(c for c in of_it if c.shapes[0][-1] % channels == 0)
        for tile in tiles:
            name = f"{case} of tiles {tile.BM}x{tile.BN}"
            found.append((name, lambda b, case=case, only={1: (tile,), 4: (tile,)}: _checked_with(only, case, b)))
    return found


def _checked_with(tiles: dict[int, Any], case: Case, backend: Any) -> None:
    with mock.patch.object(convolution, "TILES", tiles):
        case.check(backend)


def slices(backend: Any) -> None:
    """Arrays that begin between multiples of 16 bytes, for kernels that read and write four floats at once."""
    x = np.random.default_rng(0).standard_normal(150).astype(np.float32)
    buffer = fresh(backend, backend.asarray(x))
    inside, other = buffer[3:140], backend.asarray(x)[1:138]
    backend.lerp(inside, other, 0.25, backend.full((1,), 1, np.int64))
    exact = x.copy()
    exact[3:140] += 0.25 * (x[1:138] - x[3:140])
    np.testing.assert_allclose(backend.to_numpy(buffer), exact, rtol=1e-6, atol=1e-6)


def filled_slice(backend: Any) -> None:
    buffer = backend.full((40,), 1.0, np.float32)
    backend.copy_into(buffer[3:38], 2.0)
    assert backend.to_numpy(buffer).tolist() == [1.0] * 3 + [2.0] * 35 + [1.0] * 2, "filled, and nothing beside it"


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
    "arithmetic.cu": [("copy_into of a number", filled_slice)],
    "batch_norm.cu": [("batch_norm where the mean is large", large_mean)],
    "bookkeeping.cu": [("lerp of slices", slices), ("watch and advance", watch)],
    "conv2d.cu": every_tile("conv2d"),
    "conv2d_input_grad.cu": every_tile("conv2d_input_grad"),
    "conv2d_weight_grad.cu": every_tile("conv2d_weight_grad"),
}


def _checks(file: str) -> list[Check]:
    chosen = [c for c in CASES if c.size <= SMALL and c.primitive.split("(")[0].split("-")[0] in PRIMITIVES[file]]
    return [*((str(case), case.check) for case in chosen), *BESIDE.get(file, [])]


CHECKS = {file: _checks(file) for file in PRIMITIVES}
