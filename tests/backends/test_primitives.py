"""Every primitive on every backend that is here, against the oracle; what is not here skips and says why.

In Numba's simulator only the small cases run: the others would take a quarter of an hour.
"""

import numpy as np
import pytest

from alicuda import backends
from alicuda.backends.contract import Fused, Primitives
from tests import available
from tests.backends.cases import CASES

PAIRS = [
    (name, case) for name in backends.FACTORIES for case in CASES if case.tiny or not available.only_simulated(name)
]


@pytest.mark.parametrize(("name", "case"), PAIRS, ids=str)
def test_it_gives_what_the_oracle_gives(name, case):
    case.check(available.backend(name))


def test_the_small_cases_have_several_shapes_of_every_primitive():
    def count(cases):
        names = [case.primitive.split("-")[0].split("(")[0] for case in cases]
        return {name: names.count(name) for name in names}

    tiny = count(case for case in CASES if case.tiny)
    assert tiny.keys() == count(CASES).keys() and min(tiny.values()) >= 4


SHARED = ("conv2d", "batch_norm", "batch_norm_grad")
WITH_SHARED_MEMORY = [case for case in CASES if case.primitive in SHARED and case.size <= 600]  # barriers are dear


@pytest.mark.parametrize("case", WITH_SHARED_MEMORY, ids=str)
def test_in_numba_shared_memory_gives_the_same(case):
    available.backend("numba")
    from alicuda.backends.numba_ import Numba

    case.check(Numba(shared=True))


def ones(backend):
    return [backend.full((1,), 1, np.int64) for _ in range(2)]


def test_watch_fills_the_ring_and_nothing_moves_once_a_loss_was_not_finite(backend):
    step, ok = ones(backend)
    ring = backend.full((3, 2), 0.0, np.float32)
    scalars = [backend.asarray(np.float32(x)) for x in (1.5, 2.5, np.nan)]
    two = backend.reshape(scalars[1], (1,))

    for _ in range(3):  # steps 1, 2 and 3: rows 1, 2 and 0
        backend.watch([scalars[0], two], ring, step, ok)
        backend.advance(step, ok)
    assert backend.to_numpy(ring).tolist() == [[1.5, 2.5]] * 3 and backend.to_numpy(step).tolist() == [4]

    backend.watch([scalars[2], scalars[0]], ring, step, ok)
    np.testing.assert_array_equal(backend.to_numpy(ring), [[1.5, 2.5], [np.nan, 1.5], [1.5, 2.5]])
    assert backend.to_numpy(ok).tolist() == [0]

    w, m, v, running = (backend.full((33,), x, np.float32) for x in (1.0, 2.0, 3.0, 4.0))
    backend.adam(w, w, m, v, step, ok, 0.1, 0.5, 0.9, 1e-8)
    backend.lerp(running, w, 0.5, ok)
    backend.watch([scalars[0], scalars[0]], ring, step, ok)
    backend.advance(step, ok)
    assert [set(backend.to_numpy(x).tolist()) for x in (w, m, v, running)] == [{1.0}, {2.0}, {3.0}, {4.0}]
    assert backend.to_numpy(step).tolist() == [4] and np.isnan(backend.to_numpy(ring)[1, 0])


@pytest.mark.parametrize("bad", [np.inf, -np.inf, np.nan])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_watch_sees_each_kind_of_what_is_not_finite_in_each_place(backend, bad, place):
    step, ok = ones(backend)
    ring = backend.full((2, 3), 0.0, np.float32)
    values = np.array([1, 2, 3e38], np.float32)
    backend.watch([backend.asarray(v) for v in values], ring, step, ok)
    assert backend.to_numpy(ok).tolist() == [1]
    values[place] = bad
    backend.watch([backend.asarray(v) for v in values], ring, step, ok)
    assert backend.to_numpy(ok).tolist() == [0]


def test_adam_keeps_its_digits_where_beta_to_the_t_is_near_1(backend):
    """The first step is lr * g / |g| whatever the betas: m = (1 - beta1) g, v = (1 - beta2) g^2, each corrected."""
    step, ok = backend.full((1,), 0, np.int64), backend.full((1,), 1, np.int64)
    w, m, v = (backend.full((5,), 0.0, np.float32) for _ in range(3))
    g = backend.asarray(np.array([1, -2, 3, -4, 0.5], np.float32))
    backend.adam(w, g, m, v, step, ok, 1.0, 0.99999, 0.999999, 0.0)
    np.testing.assert_allclose(backend.to_numpy(w), [-1, 1, -1, 1, -1], rtol=2e-6)


def test_maxout_takes_the_first_of_equals_and_a_nan_before_all(backend):
    x = np.array([2, 2, 1, 1, 3, 3, np.nan, 9, np.nan, -np.inf, -np.inf, -np.inf, 0, np.inf, np.nan], np.float32)
    y, which = (backend.to_numpy(a) for a in backend.maxout(backend.asarray(x.reshape(1, 15)), 3))
    assert which.tolist() == [[0, 1, 0, 0, 2]] and which.dtype == np.uint8
    np.testing.assert_array_equal(y, [[2, 3, np.nan, -np.inf, np.nan]])


def test_functions_of_e_to_the_x_do_not_overflow(backend):
    x = backend.asarray(np.array([-200, -90, 0, 90, 200], np.float32))
    one = backend.full((5,), 1.0, np.float32)
    np.testing.assert_allclose(backend.to_numpy(backend.sigmoid(x)), [0, 0, 0.5, 1, 1], atol=1e-30)
    np.testing.assert_allclose(backend.to_numpy(backend.softplus(x)), [0, 0, np.log(2), 90, 200], rtol=1e-6, atol=1e-30)
    np.testing.assert_allclose(backend.to_numpy(backend.softplus_grad(one, x)), [0, 0, 0.5, 1, 1], atol=1e-30)


@pytest.mark.parametrize("call", [
    lambda b, x: b.leaky_relu(x, 0.1), lambda b, x: b.leaky_relu_grad(x, b.full(x.shape, 1.0, np.float32), 0.1),
    lambda b, x: b.sigmoid(x), lambda b, x: b.softplus(x), lambda b, x: b.exp(x), lambda b, x: b.affine(x, 0.0, 1.0),
    lambda b, x: b.sum(x, (0,)), lambda b, x: b.mean(x, (0,)), lambda b, x: b.power(x, 2.0),
])  # fmt: skip
def test_a_nan_is_handed_on(backend, call):
    x = np.ones(33, np.float32)
    x[17] = np.nan
    y = backend.to_numpy(call(backend, backend.asarray(x)))
    assert np.isnan(y).sum() == 1 and (y.ndim == 0 or np.isnan(y[17]))


def test_the_table_leaves_out_no_primitive():
    tested = {case.primitive.split("(")[0].split("-")[0] for case in CASES}
    elsewhere = {"asarray", "to_numpy", "reshape", "watch", "advance"}
    contract = {name for name in (*vars(Primitives), *vars(Fused)) if not name.startswith("_")}
    assert tested | elsewhere == contract
