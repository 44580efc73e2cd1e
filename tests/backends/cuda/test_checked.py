"""The kernels under the emulator's checks, in each order of threads and blocks, and on arrays of any shape and place.

The checked build stops a kernel that reads or writes outside its arrays, a vector that is not aligned, and what nobody
has written; and a kernel whose threads depend on each other without a barrier gives another answer in another order.
"""

from math import prod

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alicuda import backends
from alicuda.backends.cuda import Cuda
from alicuda.backends.cuda.memory import aligned
from alicuda.backends.cuda.on_emulator import Emulator
from tests.backends.cases import CASES, ORACLE

pytestmark = pytest.mark.skipif(backends.missing("emulator") is not None, reason=f"{backends.missing('emulator')}")

SMALL = 13_000  # elements: the checked build takes ten to a hundred times as long
DEVICES = {order: Cuda(Emulator("checked", order, seed=5)) for order in ("forward", "reverse", "random")}
FAST = Cuda(Emulator("fast"))


@pytest.mark.parametrize("order", DEVICES)
@pytest.mark.parametrize("case", [case for case in CASES if 0 < case.size <= SMALL], ids=str)
def test_checked_in_each_order(case, order):
    case.check(DEVICES[order])


def numbers(shape):
    return np.random.default_rng(prod(shape)).standard_normal(shape).astype(np.float32)


def close(result, exact, length=1):
    assert result.shape == exact.shape
    np.testing.assert_allclose(result, exact, rtol=1e-5, atol=1e-5 * length**0.5)


some = settings(max_examples=40, derandomize=True, deadline=None)
extents = st.sampled_from([1, 2, 3, 4, 5, 8, 31, 32, 33, 64, 129])
any_shape = st.lists(extents, min_size=1, max_size=4).filter(lambda shape: prod(shape) < 40_000).map(tuple)


@some
@given(any_shape, st.data())
def test_sum_and_mean_over_any_axes(shape, data):
    axes = tuple(sorted(data.draw(st.sets(st.integers(0, len(shape) - 1)))))
    x = numbers(shape)
    length = prod(shape[axis] for axis in axes)
    close(FAST.sum(x, axes), ORACLE.sum(x.astype(float), axes), length)
    close(FAST.mean(x, axes), ORACLE.mean(x.astype(float), axes))


@some
@given(any_shape, st.integers(1, 4), st.data())
def test_bias_of_any_shape(shape, ndim, data):
    b = shape[-ndim:]
    x = numbers(shape)
    np.testing.assert_array_equal(FAST.bias_add(x, numbers(b)), x + numbers(b))
    close(FAST.bias_grad(x, b), ORACLE.bias_grad(x.astype(float), b), prod(shape) / prod(b))


@some
@given(any_shape, st.data())
def test_broadcast_along_any_axes(shape, data):
    kept = data.draw(st.lists(st.booleans(), min_size=len(shape), max_size=len(shape)))
    before = tuple(n if keep else 1 for n, keep in zip(shape, kept, strict=True))
    leading = next((i for i, n in enumerate(before) if n != 1), len(before))
    before = before[data.draw(st.integers(0, leading)) :]
    np.testing.assert_array_equal(FAST.broadcast_to(numbers(before), shape), np.broadcast_to(numbers(before), shape))


@some
@given(any_shape, st.data())
def test_split_along_any_axis_and_joined_again(shape, data):
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    cuts = sorted(data.draw(st.sets(st.integers(1, max(1, shape[axis] - 1)), max_size=3))) if shape[axis] > 1 else []
    x = numbers(shape)
    parts = FAST.split(x, np.diff([0, *cuts, shape[axis]]).tolist(), axis)
    for part, exact in zip(parts, np.split(x, cuts, axis), strict=True):
        np.testing.assert_array_equal(part, exact)
    np.testing.assert_array_equal(FAST.concat(parts, axis), x)


@some
@given(st.integers(0, 3000), st.integers(2, 9))
def test_elementwise_at_any_size(size, pieces):
    x, y = numbers((size,)), numbers((size, 2))[:, 0].copy()
    np.testing.assert_array_equal(FAST.add(x, y), x + y)
    np.testing.assert_array_equal(FAST.leaky_relu(x, 0.25), ORACLE.leaky_relu(x, 0.25))
    x = x[: size // pieces * pieces].reshape(-1, pieces)
    for ours, exact in zip(FAST.maxout(x, pieces), ORACLE.maxout(x, pieces), strict=True):
        np.testing.assert_array_equal(ours, exact)


@pytest.mark.parametrize("start", [0, 1, 2, 3, 4])
def test_slices_that_begin_anywhere_in_a_larger_array(start):
    """A slice may begin between multiples of 16 bytes: then no vector may be read from it, nor written to it."""
    B = DEVICES["forward"]
    buffer = B.full((300,), 0.0, np.float32)
    assert aligned(buffer)
    x = buffer[start : start + 132]
    B.copy_into(x, numbers((132,)))
    exact = numbers((132,))
    np.testing.assert_array_equal(x, exact)
    assert not buffer[:start].any() and not buffer[start + 132 :].any()
    rows = x.reshape(33, 4)
    assert aligned(x) == (start % 4 == 0)

    np.testing.assert_array_equal(B.leaky_relu(x, 0.5), ORACLE.leaky_relu(exact, 0.5))
    np.testing.assert_array_equal(B.mul(exact, x), exact * exact)
    np.testing.assert_array_equal(B.concat([rows, rows], 1), np.hstack([exact.reshape(33, 4)] * 2))
    np.testing.assert_array_equal(B.split(rows, [4, 29], 0)[1], exact.reshape(33, 4)[4:])
    np.testing.assert_array_equal(B.broadcast_to(x, (3, 132)), np.broadcast_to(exact, (3, 132)))
    np.testing.assert_array_equal(B.bias_add(rows, x[:4]), exact.reshape(33, 4) + exact[:4])
    close(B.bias_grad(rows, (4,)), exact.reshape(33, 4).sum(0))
    close(B.sum(rows, (1,)), exact.reshape(33, 4).sum(1))

    B.copy_into(x, 7.0)
    B.lerp(x, exact, 1.0, B.full((1,), 1, np.int64))
    close(x, exact)
    assert not buffer[:start].any() and not buffer[start + 132 :].any()
