"""Reverse mode itself: order, pruning, freeing, errors. What each op does is checked in tests/gradients."""

import numpy as np
import pytest

from alicuda import (
    Tensor,
    batch_norm,
    bias_add,
    concat,
    conv2d,
    dropout,
    exp,
    grad,
    leaky_relu,
    maxout,
    no_grad,
    set_backend,
    split,
)
from alicuda import tensor as tensor_module
from alicuda.tensor import path_between, record


def leaf(*values):
    return Tensor(np.array(values, np.float64), requires_grad=True)


def test_diamond():
    a = leaf(5.0)
    b, c = 2 * a, 3 * a
    assert grad((b * c).sum(), a).item() == 60.0


def test_a_deep_diamond_is_linear_in_its_depth_and_never_recurses():
    a = leaf(1.0)
    x = a
    for _ in range(3000):
        x = (x + x) * 0.5  # 2^3000 paths
    assert grad(x.sum(), a).item() == 1.0


def test_a_tensor_or_a_list_comes_back_as_it_went_in():
    a, b = leaf(2.0), leaf(3.0)
    assert isinstance(grad((a * b).sum(), a, retain_graph=True), Tensor)
    both = grad((a * b).sum(), [a, b])
    assert isinstance(both, list) and [g.item() for g in both] == [3.0, 2.0]


def test_several_outputs_add_up():
    a = leaf(3.0)
    assert grad([(a * a).sum(), (2 * a).sum()], a).item() == 8.0


def test_the_output_may_be_the_input():
    a = leaf(3.0)
    assert grad(a, a).item() == 1.0


def test_gradients_of_intermediate_tensors():
    a = leaf(3.0)
    b = a * a
    c = b * b
    db, da = grad(c.sum(), [b, a])
    assert (db.item(), da.item()) == (18.0, 108.0)


def test_only_what_lies_between_is_visited():
    a, b = leaf(2.0), leaf(3.0)
    visited = []

    def watched(x, name):
        def backward(dy, wanted):
            visited.append(name)
            return (dy,)

        return record(name, x.array, [x], backward)

    loss = (watched(a, "a's side") * watched(b, "b's side")).sum()
    assert grad(loss, b).item() == 2.0
    assert visited == ["b's side"]


def test_backward_is_told_what_is_wanted():
    a, b = leaf(2.0), leaf(3.0)
    told = []

    def backward(dy, wanted):
        told.append(list(wanted))
        return (None, dy)

    grad(record("pair", a.array + b.array, [a, b], backward), b)
    assert told == [[False, True]]


def test_two_gradients_of_one_graph():
    a, b = leaf(2.0), leaf(3.0)
    c = a * b
    first, second = (c * c).sum(), (c * 2.0).sum()
    assert grad(first, a, retain_graph=True).item() == 36.0
    assert grad(second, b).item() == 4.0


def test_a_freed_graph_names_the_op():
    a = leaf(2.0)
    b = exp(a)
    grad(b.sum(), a)
    with pytest.raises(RuntimeError, match=r"'exp' was freed.*retain_graph"):
        grad((b * 2.0).sum(), a)


def test_nodes_off_the_path_are_not_freed():
    a, b = leaf(2.0), leaf(3.0)
    c, d = exp(a), exp(b)
    grad((c * d).sum(), a)
    assert grad(d.sum(), b).item() == pytest.approx(np.exp(3.0))


def test_an_input_without_a_part_is_an_error():
    a, b = leaf(2.0), leaf(3.0)
    with pytest.raises(ValueError, match=r"inputs\[1\] of shape \(1,\) had no part"):
        grad((a * 2.0).sum(), [a, b])


def test_an_output_of_many_elements_is_an_error():
    a = leaf(2.0, 3.0)
    with pytest.raises(ValueError, match=r"one element, not shape \(2,\)"):
        grad(a * 2.0, a)


def test_no_grad_writes_nothing_down():
    a = leaf(2.0)
    with no_grad():
        b = a * a
    assert b.node is None and not b.requires_grad
    assert (a * a).node is not None


def test_constants_make_no_graph():
    assert (Tensor([1.0]) * 2.0).node is None


def test_detach_forgets():
    a = leaf(2.0)
    b = (a * a).detach()
    assert b.node is None and b.item() == 4.0


def test_path_between_is_in_order():
    a = leaf(2.0)
    b = exp(a)
    c = b * b
    assert [id(t) for t in path_between([c], [a]).order] == [id(a), id(b), id(c)]


@pytest.mark.parametrize(
    "value, dtype",
    [
        (np.zeros(2, np.float64), np.float64), (np.zeros(2, np.float32), np.float32),
        (np.zeros(2, np.int64), np.float32), (1.5, np.float32), ([1, 2], np.float32), (np.float64(1.5), np.float64),
    ],
)  # fmt: skip
def test_dtypes(value, dtype):
    assert Tensor(value).dtype == dtype


def test_operators_agree_with_numpy():
    random = np.random.default_rng(0)
    x, y = random.standard_normal((3, 1, 5)), random.standard_normal((4, 5)) + 3
    a, b = Tensor(x), Tensor(y)
    pairs = [
        (a + b, x + y), (a - b, x - y), (a * b, x * y), (a / b, x / y), (-a, -x), (2 - a, 2 - x), (2 / b, 2 / y),
        (a + 1, x + 1), (1 + a, 1 + x), (a - 1, x - 1), (a * 3, x * 3), (a / 4, x / 4), (b**2, y**2),
        (b**-0.5, y**-0.5),
        (x + b, x + y), (x * b, x * y),
        (a - [1, 2, 3, 4, 5], x - np.arange(1, 6)), (a / [1, 2, 3, 4, 5], x / np.arange(1, 6)),
        (a.sum(), x.sum()), (a.sum(axis=1), x.sum(axis=1)), (a.mean(), x.mean()),
        (a.mean(axis=(0, 2)), x.mean(axis=(0, 2))), (a.sum(axis=-1), x.sum(axis=-1)),
        (a.reshape(5, -1), x.reshape(5, -1)), (a.reshape((15,)), x.reshape(15)),
    ]  # fmt: skip
    for ours, theirs in pairs:
        assert ours.shape == theirs.shape and ours.dtype == np.float64
        assert np.abs(ours.numpy() - theirs).max() <= 1e-14 * np.abs(theirs).max()


def test_numpy_numbers_are_numbers():
    x = np.arange(1.0, 7.0)
    a = Tensor(x)
    for ours, theirs in [
        (a ** np.int64(2), x**2), (a * np.float32(2), x * 2), (a.reshape(np.int64(2), -1), x.reshape(2, 3)),
        (a.sum(axis=np.int64(0)), x.sum()), (np.float64(2) * a, 2 * x), (np.float64(2) / a, 2 / x),
    ]:  # fmt: skip
        assert ours.shape == theirs.shape and np.allclose(ours.numpy(), theirs)


def test_the_power_0_has_gradient_0_even_at_0():
    a = leaf(0.0, 2.0)
    assert grad((a**0).sum(), a).numpy().tolist() == [0.0, 0.0]


@pytest.mark.parametrize("value", [None, 1j, "text", Tensor([1.0]), np.array([1j]), [1.0, None]])
def test_only_real_numbers(value):
    with pytest.raises(ValueError, match="real numbers"):
        Tensor(value)
    if not isinstance(value, Tensor):
        with pytest.raises(ValueError, match="add: an array of real numbers"):
            Tensor([1.0, 1.0]) + value


def test_a_failed_grad_leaves_the_graph_alone():
    a, b = leaf(2.0), leaf(3.0)
    c = exp(a)
    with pytest.raises(ValueError, match="had no part"):
        grad(c, [a, b])
    assert grad(c, a).item() == pytest.approx(np.exp(2.0))


def test_cotangents_do_not_pile_up():
    alive, most = [], 0

    class Counted(np.ndarray):
        def __del__(self):
            alive.pop()

    def step(x):
        def backward(dy, wanted):
            nonlocal most
            alive.append(0)
            most = max(most, len(alive))
            return (np.ones(3).view(Counted),)

        return record("step", x.array, [x], backward)

    a = leaf(1.0, 2.0, 3.0)
    x = a
    for _ in range(9):
        x = step(x)
    grad(x.sum(), a)
    assert most <= 2


def test_tensors_made_before_and_after_set_backend_meet():
    a = leaf(1.0)
    set_backend("numpy")
    assert (a + leaf(2.0)).item() == 3.0


def test_zero_dimensional_tensors():
    a = Tensor(np.float64(3.0), requires_grad=True)
    assert a.shape == () and grad(a * a, a).item() == 6.0


def test_item_and_repr():
    with pytest.raises(ValueError, match=r"one element, not one of shape \(2,\)"):
        leaf(1.0, 2.0).item()
    assert repr(exp(leaf(0.0))) == "Tensor([1.], float64, made by exp)"


BAD_CALLS = {
    r"add: x has shape \(2,\) and y has shape \(3,\)": lambda: leaf(1, 2) + leaf(1, 2, 3),
    r"conv2d: the channels C differ: x has shape \(1, 3, 3, 2\) and w has shape \(2, 2, 3, 1\)": lambda: conv2d(
        np.zeros((1, 3, 3, 2)), np.zeros((2, 2, 3, 1))
    ),
    r"conv2d: the filter is larger": lambda: conv2d(np.zeros((1, 2, 3, 2)), np.zeros((3, 3, 2, 1))),
    r"conv2d: stride must be an integer from 1 to 32768, not 0": lambda: conv2d(
        np.zeros((1, 3, 3, 2)), np.zeros((3, 3, 2, 1)), 0
    ),
    r"conv2d: w is float32 of shape \(2, 2, 2, 1\), but x is float64 of shape \(1, 3, 3, 2\)": lambda: conv2d(
        np.zeros((1, 3, 3, 2)), np.zeros((2, 2, 2, 1), np.float32)
    ),
    r"conv2d: there is nothing to convolve: x has shape \(0, 3, 3, 2\)": lambda: conv2d(
        np.zeros((0, 3, 3, 2)), np.zeros((2, 2, 2, 1))
    ),
    r"conv2d: stride must be an integer from 1 to 32768, not 1.5": lambda: conv2d(
        np.zeros((1, 3, 3, 2)), np.zeros((3, 3, 2, 1)), 1.5
    ),
    r"maxout: pieces must be an integer from 1 to 256, not 300": lambda: maxout(np.zeros((1, 300)), 300),
    r"conv2d: w is float32 of shape \(2, 2, 2, 1\), but x is float64": lambda: conv2d(
        Tensor(np.zeros((1, 3, 3, 2))), Tensor(np.zeros((2, 2, 2, 1), np.float32))
    ),
    r"maxout: pieces must be an integer from 1 to 256, not 2.0": lambda: maxout(np.zeros((1, 4)), 2.0),
    r"leaky_relu: slope must be a number, not str": lambda: leaky_relu(leaf(1.0), "a"),
    r"dropout: rng must be an alicuda.Rng, not NoneType": lambda: dropout(leaf(1.0), 0.5, None),
    r"batch_norm: eps must be above 0, not 0": lambda: batch_norm(np.zeros((2, 1)), np.zeros(1), np.zeros(1), 0),
    r"bias_add: b has shape \(0,\): there is nothing": lambda: bias_add(np.zeros((3, 0)), np.zeros(0)),
    r"split: axis None is not one of x": lambda: split(leaf(1, 2, 3), [3], None),
    r"subtract: an array of real numbers": lambda: leaf(1.0) - None,
    r"concat: needs a list": lambda: concat(leaf(1.0), 0),
    r"concat: arrays\[1\] has shape \(3,\) and arrays\[0\] has shape \(1, 2\)": lambda: concat(
        [np.zeros((1, 2)), np.zeros(3)], 0
    ),
    r"split: sizes \[1, 1\] do not add up to axis 0 of x, which has shape \(3,\)": lambda: split(
        leaf(1, 2, 3), [1, 1], 0
    ),
    r"reshape: x has shape \(3,\), which cannot become \(2, 2\)": lambda: leaf(1, 2, 3).reshape(2, 2),
    r"sum: axis 1 is not one of x, which has shape \(3,\)": lambda: leaf(1, 2, 3).sum(axis=1),
    r"power: the exponent must be a number": lambda: leaf(1.0) ** leaf(2.0),
}


@pytest.mark.parametrize("message", BAD_CALLS)
def test_bad_calls_name_the_op_and_both_shapes(message):
    with pytest.raises(ValueError, match=message):
        BAD_CALLS[message]()


def test_tensor_py_imports_no_op():
    assert not any(name.startswith("alicuda.ops") for name in vars(tensor_module))
