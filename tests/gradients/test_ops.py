"""Every op's gradient against finite differences of the float64 oracle, and float32 results against the oracle's."""

import numpy as np
import pytest

from alicuda import ops, tolerances, use_backend
from alicuda.backends.numpy_ import NumPy
from alicuda.finite_differences import check_gradient
from alicuda.gradient_cases import CASES, OPS, Case
from alicuda.philox import Rng
from alicuda.tensor import Tensor, record


def name(case):
    return f"{case.op}-{'-'.join('x'.join(map(str, shape)) for shape in case.shapes)}"


@pytest.fixture
def oracle():
    with use_backend(NumPy()) as backend:
        yield backend


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("case", CASES, ids=name)
def test_finite_differences(case, seed, oracle):
    check = check_gradient(case.function, case.inputs(seed), seed)
    assert check.passed, str(check)


def test_every_op_has_a_case():
    differentiable = set(ops.__all__) - {"batch_norm_with_statistics"}  # batch_norm, with its statistics beside it
    assert differentiable == set(OPS)


def broken(op):
    """The op with a backward that is wrong in a way someone might write."""
    if op == "batch_norm without its correction terms":
        def function(x, scale, shift):
            y, mean, inv_std = x.backend.batch_norm(x.array, scale.array, shift.array, 1e-4)
            x_hat = (x.array - mean) * inv_std
            return record("bn", y, [x, scale, shift], lambda dy, w: (
                dy * scale.array * inv_std, (dy * x_hat).sum(axis=0), dy.sum(axis=0)))  # fmt: skip
        return function, [(7, 3), (3,), (3,)]
    if op == "bias gradient averaged":
        return lambda x, b: record("bias", x.array + b.array, [x, b], lambda dy, w: (dy, dy.mean(axis=0))), [(7, 3), (3,)]
    if op == "exp without the chain":
        return lambda x: record("exp", np.exp(x.array), [x], lambda dy, w: (dy,)), [(9,)]
    if op == "zero gradient":
        return lambda x: record("zero", np.exp(x.array), [x], lambda dy, w: (0 * dy,)), [(9,)]
    if op == "nan gradient":
        return lambda x: record("nan", np.exp(x.array), [x], lambda dy, w: (np.nan * dy,)), [(9,)]
    if op == "one element wrong":
        def function(x):
            def backward(dy, wanted):
                dx = dy * np.exp(x.array)
                dx[3] *= 1.001
                return (dx,)
            return record("one", np.exp(x.array), [x], backward)  # fmt: skip
        return function, [(9,)]
    raise KeyError(op)


@pytest.mark.parametrize("op", [
    "batch_norm without its correction terms", "bias gradient averaged", "exp without the chain", "zero gradient",
    "nan gradient", "one element wrong",
])  # fmt: skip
def test_a_wrong_gradient_is_caught(op, oracle):
    function, shapes = broken(op)
    random = np.random.default_rng(3)
    check = check_gradient(function, [random.standard_normal(shape) for shape in shapes])
    assert not check.passed and "WRONG" in str(check) and str(shapes[0]) in str(check)


def test_a_result_that_is_not_finite_is_caught(oracle):
    with np.errstate(invalid="ignore"):
        assert not check_gradient(lambda x: x**0.5, [-np.ones(3)]).passed


def test_kinks_are_stepped_around_and_counted(oracle):
    x = np.linspace(-1.05, 1.05, 40)
    x[0] = 1e-6  # a tenth of the step from the kink: about half of all directions cross it
    check = check_gradient(lambda x: ops.leaky_relu(x, 0.1), [x])
    assert check.passed and check.kinks > 0


def test_exactly_at_a_kink_there_is_nothing_to_check(oracle):
    with pytest.raises(ValueError, match="lies at a kink"):
        check_gradient(lambda x: ops.leaky_relu(x, 0.1), [np.zeros(1)])


def test_degenerate_inputs_are_refused(oracle):
    with pytest.raises(ValueError, match="degenerate"):
        check_gradient(lambda x: ops.leaky_relu(x, 0.0), [-np.ones(5)])


def test_dropout_uses_the_same_mask_backwards(oracle):
    x = Tensor(np.ones((31, 9)), requires_grad=True)
    y = ops.dropout(x, 0.3, Rng(1))
    from alicuda import grad

    assert np.array_equal(grad(y.sum(), x).numpy(), y.numpy())


def test_worst_error():
    reference = np.array([1.0, -2.0])
    assert tolerances.worst_error(reference, reference, np.float32, 1) == 0
    assert tolerances.worst_error(np.array([np.nan, -2]), reference, np.float32, 1) == float("inf")
    assert tolerances.worst_error(reference, np.array([np.inf, 1]), np.float32, 1) == float("inf")
    assert tolerances.worst_error(reference * (1 + 1e-3), reference, np.float32, 1) > 1
    with pytest.raises(ValueError, match="cannot be compared"):
        tolerances.worst_error(np.ones(2), np.ones(3), np.float32, 1)


def test_cases_are_described_rightly():
    assert all(isinstance(case, Case) and case.length >= 1 for case in CASES)
