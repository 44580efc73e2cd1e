"""The checkers themselves: what finite differences and tolerances catch, and where they step around."""

import numpy as np
import pytest

from alicuda import ops, tolerances, use_backend
from alicuda.backends.numpy_ import NumPy
from alicuda.finite_differences import check_gradient
from alicuda.philox import Rng
from alicuda.tensor import Tensor, grad, record


@pytest.fixture
def oracle():
    with use_backend(NumPy()) as backend:
        yield backend


def batch_norm_without_its_correction_terms(x, scale, shift):
    y, mean, inv_std = x.backend.batch_norm(x.array, scale.array, shift.array, 1e-4)
    x_hat = (x.array - mean) * inv_std

    def backward(dy, wanted):
        return dy * scale.array * inv_std, (dy * x_hat).sum(axis=0), dy.sum(axis=0)

    return record("batch_norm", y, [x, scale, shift], backward)


def bias_gradient_averaged(x, b):
    return record("bias_add", x.array + b.array, [x, b], lambda dy, wanted: (dy, dy.mean(axis=0)))


def exp_with(backward):
    return lambda x: record("exp", np.exp(x.array), [x], lambda dy, wanted: (backward(dy, np.exp(x.array)),))


def one_element_wrong(dy, y):
    return dy * y * np.where(np.arange(y.size) == 3, 1.001, 1.0)


WRONG = {  # what someone might write
    "batch norm without its correction terms": (batch_norm_without_its_correction_terms, [(7, 3), (3,), (3,)]),
    "bias gradient averaged": (bias_gradient_averaged, [(7, 3), (3,)]),
    "the chain rule forgotten": (exp_with(lambda dy, y: dy), [(9,)]),
    "zero": (exp_with(lambda dy, y: 0 * dy), [(9,)]),
    "not a number": (exp_with(lambda dy, y: np.nan * dy), [(9,)]),
    "one element wrong": (exp_with(one_element_wrong), [(9,)]),
}


@pytest.mark.parametrize("mistake", WRONG)
def test_a_wrong_gradient_is_caught(mistake, oracle):
    function, shapes = WRONG[mistake]
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
    assert np.array_equal(grad(y.sum(), x).numpy(), y.numpy())


def test_worst_error():
    reference = np.array([1.0, -2.0])
    assert tolerances.worst_error(reference, reference, np.float32, 1) == 0
    assert tolerances.worst_error(np.array([np.nan, -2]), reference, np.float32, 1) == float("inf")
    assert tolerances.worst_error(reference, np.array([np.inf, 1]), np.float32, 1) == float("inf")
    assert tolerances.worst_error(reference * (1 + 1e-3), reference, np.float32, 1) > 1
    with pytest.raises(ValueError, match="cannot be compared"):
        tolerances.worst_error(np.ones(2), np.ones(3), np.float32, 1)
