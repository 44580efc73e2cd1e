"""`NumPyFast` against the oracle, and against itself with another number of threads."""

import gc
import weakref

import numpy as np
import pytest

from alicuda.backends import _im2col
from alicuda.backends._workers import PIECE, Memory, Workers, pieces
from alicuda.backends.numpy_ import NumPy
from alicuda.backends.numpy_fast import NumPyFast
from alicuda.philox import Draw
from alicuda.tolerances import worst_error

ORACLE = NumPy()
FAST = NumPyFast(2)
DTYPES = [np.float32, np.float64]
CONVOLUTIONS = [  # N, H, W, C, R, S, K, stride
    (1, 1, 1, 1, 1, 1, 1, 1), (1, 9, 7, 3, 3, 2, 7, 1), (31, 8, 9, 5, 4, 4, 7, 2), (33, 4, 4, 16, 4, 4, 33, 1),
    (33, 6, 5, 31, 1, 1, 3, 1), (200, 8, 8, 4, 1, 1, 3, 1), (2, 9, 10, 2, 1, 1, 3, 2), (3, 20, 33, 2, 2, 3, 5, 4),
    (3, 30, 11, 1, 5, 3, 1, 3), (3, 12, 22, 1, 2, 8, 3, 2),
    (3, 20, 33, 2, 5, 5, 7, 2), (2, 28, 28, 8, 4, 4, 16, 2),
    (33, 13, 13, 16, 4, 4, 32, 1),
    (9, 10, 10, 32, 4, 4, 64, 2), (5, 32, 32, 3, 5, 5, 8, 1), (4, 32, 32, 8, 5, 5, 8, 1), (2, 32, 32, 3, 5, 5, 32, 1),
]  # fmt: skip
SHAPES = [(1, 1), (1, 3), (33, 7), (9, 5000), (31, 9, 5, 3), (33, 16, 16, 8), (100, 75, 75, 1), (37, 43, 41, 9)]


def draws(*shapes):
    random = np.random.default_rng(sum(sum(shape) for shape in shapes))
    return [random.standard_normal(shape) for shape in shapes]


def tuple_of(result):
    return result if isinstance(result, tuple) else (result,)


def check(call, arrays, dtype, lengths):
    """call(backend, *arrays): ours in `dtype` against the oracle's in float64 on the same numbers.

    `lengths`: how many terms each result was added up from.
    """
    arrays = [array.astype(dtype) for array in arrays]
    ours = tuple_of(call(FAST, *arrays))
    references = tuple_of(call(ORACLE, *(array.astype(np.float64) for array in arrays)))
    for result, reference, length in zip(ours, references, lengths, strict=True):
        assert result.dtype == (dtype if reference.dtype.kind == "f" else reference.dtype)
        assert result.flags.c_contiguous
        assert worst_error(result, reference, dtype, length) <= 1


AXIS_OF_ONE = {  # NumPy calls each of these contiguous, whatever the stride of the axis of extent 1
    "[..., None]": lambda x: x[..., 0][..., None],
    "[..., ::-1]": lambda x: x[..., ::-1],
    "[..., ::2]": lambda x: np.repeat(x, 2, axis=3)[..., ::2],
    "[:1]": lambda x: x[::-1][:1],
}


@pytest.mark.parametrize("made", AXIS_OF_ONE)
def test_strange_strides_of_an_axis_of_one(made):
    x, w, dy = draws((2, 9, 8, 1), (3, 2, 1, 4), (2, 4, 4, 4))
    x = AXIS_OF_ONE[made](x)
    check(lambda b, w: b.conv2d(b.asarray(x), w, 2), [w], np.float64, [6])
    check(lambda b, dy: b.conv2d_weight_grad(b.asarray(x), dy, (3, 2), 2), [dy[: len(x)]], np.float64, [32])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("N, H, W, C, R, S, K, stride", CONVOLUTIONS)
def test_convolutions(N, H, W, C, R, S, K, stride, dtype):
    P, Q = (H - R) // stride + 1, (W - S) // stride + 1
    x, w, dy = draws((N, H, W, C), (R, S, C, K), (N, P, Q, K))
    check(lambda b, x, w: b.conv2d(x, w, stride), [x, w], dtype, [R * S * C])
    check(lambda b, dy, w: b.conv2d_input_grad(dy, w, (H, W), stride), [dy, w], dtype, [R * S * K])
    check(lambda b, x, dy: b.conv2d_weight_grad(x, dy, (R, S), stride), [x, dy], dtype, [N * P * Q])


def test_the_shapes_reach_every_way_to_convolve(monkeypatch):
    used = set()
    for name in ("matmul", "_tap_by_tap", "_row_by_row", "widen", "narrow", "multiply_transposed"):
        original = getattr(_im2col, name)
        monkeypatch.setattr(_im2col, name, lambda *a, f=original, name=name: (used.add(name), f(*a))[1])
    for shape in CONVOLUTIONS:
        test_convolutions(*shape, np.float32)
    assert len(used) == 6


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", SHAPES)
def test_bias(shape, dtype):
    x, dy = draws(shape, shape)
    for bias_shape in (shape[-1:], shape[1:]):
        (b,) = draws(bias_shape)
        check(lambda back, x, b: back.bias_add(x, b), [x, b], dtype, [1])
        terms = x.size // b.size
        check(lambda back, dy, s=bias_shape: back.bias_grad(dy, s), [dy], dtype, [terms])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [shape for shape in SHAPES if np.prod(shape[:-1]) > 1])
def test_batch_norm(shape, dtype):
    x, dy, scale, shift = draws(shape, shape, shape[-1:], shape[-1:])
    x = 3 * x + 2
    rows = x.size // shape[-1]
    mean, inv_std = (a.astype(dtype).astype(np.float64) for a in ORACLE.batch_norm(x, scale, shift, 1e-4)[1:])
    y = ORACLE.batch_norm_leaky_relu(x, scale, shift, 1e-4, 0.01)[0]
    forward, backward = [rows] * 3, [rows] * 3
    check(lambda b, *a: b.batch_norm(*a, 1e-4), [x, scale, shift], dtype, forward)
    check(lambda b, *a: b.batch_norm_leaky_relu(*a, 1e-4, 0.01), [x, scale, shift], dtype, forward)
    check(lambda b, *a: b.batch_norm_grad(*a), [dy, x, scale, mean, inv_std], dtype, backward)
    arrays = [dy, x, y, scale, mean, inv_std]
    check(lambda b, *a: b.batch_norm_leaky_relu_grad(*a, 0.01), arrays, dtype, backward)


@pytest.mark.parametrize("mean, first", [(1e3, 1e3), (1e3, 1040), (1e6, 1e6)])  # a first row far out is no centre
def test_batch_norm_does_not_cancel_where_the_mean_is_large(mean, first):
    x = np.random.default_rng(1).normal(mean, 1, (80, 31, 31, 8)).astype(np.float32)
    x[0, 0, 0] = first
    one, zero, spacing = np.ones(8, np.float32), np.zeros(8, np.float32), np.spacing(np.float32(mean))
    y, ours, inv_std = FAST.batch_norm(x, one, zero, 1e-4)
    exact = ORACLE.batch_norm(x.astype(np.float64), one, zero, 1e-4)
    assert np.abs(ours - exact[1]).max() <= spacing
    assert np.abs(inv_std / exact[2] - 1).max() < 1e-5
    assert np.abs(y - exact[0]).max() < 2 * spacing


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("slope", [0.0, 0.01, 0.3, 1.5])
def test_leaky_relu(shape, slope, dtype):
    x, dy = draws(shape, shape)
    x.flat[0] = 0  # its slope is that of x < 0
    check(lambda b, x: b.leaky_relu(x, slope), [x], dtype, [1])
    check(lambda b, dy, y: b.leaky_relu_grad(dy, y, slope), [dy, x], dtype, [1])


@pytest.mark.parametrize("dtype", DTYPES)
def test_leaky_relu_passes_the_gradient_on_unchanged(dtype):
    (dy,) = draws((1000,))
    dy = dy.astype(dtype)
    for slope in (0.01, 0.1, 0.2, 1 / 3, 0.9):
        assert (FAST.leaky_relu_grad(dy, np.ones_like(dy), slope) == dy).all()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", SHAPES)
def test_dropout(shape, dtype):
    x, dy = draws(shape, shape)
    for step in (5, np.array([5])):
        draw = Draw(2**40 + 3, 7, step)
        check(lambda b, x, d=draw: b.dropout(x, 0.2, d), [x], dtype, [1, 1])
    keep = ORACLE.dropout(x, 0.2, draw)[1]
    assert (FAST.dropout(x, 0.2, draw)[1] == keep).all()
    check(lambda b, dy: b.dropout_grad(dy, 0.2, draw, keep), [dy], dtype, [1])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", SHAPES)
def test_sigmoid(shape, dtype):
    x, dy = draws(shape, shape)
    check(lambda b, x: b.sigmoid(x), [x], dtype, [1])
    assert (FAST.sigmoid(np.array([-1e5, 1e5], dtype)) == [0, 1]).all()
    check(lambda b, dy, y: b.sigmoid_grad(dy, y), [dy, ORACLE.sigmoid(x)], dtype, [1])


@pytest.mark.parametrize("size", [1, 33, PIECE + 31])
def test_adam_is_the_definition_on_pieces(size):
    w, g, m, v = (a.astype(np.float32) for a in draws(*[(size,)] * 4))
    results = []
    for backend in (FAST, ORACLE):
        state = [a.copy() for a in (w, g, m, np.abs(v))]
        for ok in (1, 0):
            backend.adam(*state, np.array([7]), np.array([ok]), 1e-3, 0.5, 0.999, 1e-8)
        results.append(state)
    for ours, oracle in zip(*results, strict=True):
        assert np.isfinite(ours).all() and (ours == oracle).all()
    assert (results[0][0] != w).any()


def everything(backend):
    """Results of every overridden primitive on arrays of several pieces."""
    shape = (170, 28, 28, 8)
    x, dy, scale, shift = (a.astype(np.float32) for a in draws(shape, shape, (8,), (8,)))
    results = []
    for N, H, W, C, R, S, K, stride in CONVOLUTIONS[-6:]:
        N *= 8
        P, Q = (H - R) // stride + 1, (W - S) // stride + 1
        pictures, w, up = (a.astype(np.float32) for a in draws((N, H, W, C), (R, S, C, K), (N, P, Q, K)))
        results.append(backend.conv2d(pictures, w, stride))
        results.append(backend.conv2d_input_grad(up, w, (H, W), stride))
        results.append(backend.conv2d_weight_grad(pictures, up, (R, S), stride))
    y, mean, inv_std = backend.batch_norm_leaky_relu(x, scale, shift, 1e-4, 0.01)
    results += [y, mean, inv_std, *backend.batch_norm(x, scale, shift, 1e-4)]
    results += backend.batch_norm_leaky_relu_grad(dy, x, y, scale, mean, inv_std, 0.01)
    results += backend.batch_norm_grad(dy, x, scale, mean, inv_std)
    for bias in (shift, shift + x[0]):
        results += [backend.bias_add(x, bias), backend.bias_grad(dy, bias.shape)]
    kept, mask = backend.dropout(x, 0.2, Draw(1, 2, 3))
    results += [kept, mask, backend.dropout_grad(dy, 0.2, Draw(1, 2, 3), mask)]
    results += [backend.leaky_relu(x, 0.01), backend.leaky_relu_grad(dy, x, 0.01)]
    results += [backend.sigmoid(x), backend.sigmoid_grad(dy, x)]
    return results


def test_the_number_of_threads_changes_no_bit():
    one, *others = (everything(NumPyFast(threads)) for threads in (1, 2, 3))
    for other in others:
        for a, b in zip(one, other, strict=True):
            assert np.isfinite(a).all() and np.array_equal(a, b)


def test_arrays_that_are_not_contiguous():
    shape = (6, 9, 8, 5)
    x, dy, w = draws(shape, shape, (3, 2, 5, 4))
    flipped, up = x[:, ::-1, :, ::-1], dy.transpose(0, 2, 1, 3).copy().transpose(0, 2, 1, 3)
    scale, shift = draws((10,), (10,))
    scale, shift, out = scale[::2], shift[::2], draws((6, 7, 7, 8))[0][..., ::2]
    y, mean, inv_std = ORACLE.batch_norm_leaky_relu(flipped, scale, shift, 1e-4, 0.01)
    calls = [
        lambda b: b.conv2d(flipped, w[:, ::-1], 1),
        lambda b: b.conv2d_input_grad(out, w[:, ::-1], (9, 8), 1),
        lambda b: b.conv2d_weight_grad(flipped, out, (3, 2), 1),
        lambda b: b.bias_add(flipped, shift),
        lambda b: b.bias_grad(up, (5,)),
        lambda b: b.batch_norm(flipped, scale, shift, 1e-4),
        lambda b: b.batch_norm_leaky_relu_grad(up, flipped, y[::1], scale, mean, inv_std, 0.01),
        lambda b: b.leaky_relu_grad(up, flipped, 0.01),
        lambda b: b.dropout(flipped, 0.2, Draw(1, 2, 3)),
        lambda b: b.dropout_grad(up, 0.2, None, flipped > 0),
        lambda b: b.sigmoid_grad(up, flipped),
    ]
    for call in calls:
        for ours, reference in zip(tuple_of(call(FAST)), tuple_of(call(ORACLE)), strict=True):
            assert worst_error(ours, reference, np.float64, 300) <= 1


def test_pieces_cover_everything_once():
    assert len(pieces(PIECE, small=100)) == 2
    for count, size in ((1, 1), (PIECE, 1), (5 * PIECE + 1, 1), (7, PIECE), (1, 5 * PIECE), (100, 3072)):
        cuts = pieces(count, size)
        assert [i for cut in cuts for i in range(cut.start, cut.stop)] == list(range(count))
        assert all((cut.stop - cut.start) * size <= max(PIECE, size) for cut in cuts)


def test_an_error_in_a_piece_arrives_after_all_have_ended():
    workers = Workers(3)
    running = []

    def piece(i):
        running.append(i)
        try:
            if i == 5:
                raise ValueError("piece 5")
        finally:
            running.remove(i)

    for _ in range(20):
        with pytest.raises(ValueError, match="piece 5"):
            workers.run(piece, 12)
        assert not running


def test_memory_is_not_used_again_while_a_view_of_it_lives():
    memory, shape = Memory(), (300, 300)
    first = memory.empty(shape, np.float32)
    first[...] = 1
    view = first.reshape(-1)[7:][::2].view(np.int32)
    kept = view.copy()
    gone = weakref.ref(first)
    del first
    gc.collect()
    others = [memory.empty(shape, np.float32) for _ in range(3)]
    for other in others:
        other[...] = 2
    assert gone() is None and (view == kept).all()
    address = view.__array_interface__["data"][0] // 4096
    del view
    gc.collect()
    assert memory.empty(shape, np.float32).__array_interface__["data"][0] // 4096 == address


def test_memory_that_is_no_longer_used_is_let_go():
    memory = Memory()
    for i in range(3):
        memory.empty((1 << 18, i + 1), np.float32)
    assert len([size for size, blocks in memory._free.items() if blocks]) == 3
    for _ in range(memory.FORGET):
        memory.empty((1 << 18, 9), np.uint8)
    memory.empty((1 << 18, 10), np.uint8)  # a size that is not there
    assert not any(memory._free[(1 << 20) * (i + 1)] for i in range(3))


def test_blas_has_one_thread_once_the_backend_is_made():
    threadpoolctl = pytest.importorskip("threadpoolctl")
    assert all(pool["num_threads"] == 1 for pool in threadpoolctl.threadpool_info() if pool["user_api"] == "blas")
