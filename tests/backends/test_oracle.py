"""The oracle itself, against formulas written out as loops."""

from itertools import product

import numpy as np
import pytest

from alicuda import (
    Tensor,
    backends,
    concat,
    conv2d,
    conv_transpose2d,
    dropout,
    gaussian_sample,
    leaky_relu,
    philox,
    set_backend,
    split,
    use_backend,
)
from alicuda.backends.numpy_ import NumPy
from alicuda.errors import InputError
from alicuda.philox import Draw, Rng

B = NumPy()
CONVOLUTIONS = [  # N, H, W, C, R, S, K, stride
    (1, 1, 1, 1, 1, 1, 1, 1), (2, 5, 7, 3, 3, 2, 4, 1), (1, 8, 6, 2, 4, 3, 3, 2), (3, 4, 4, 2, 4, 4, 5, 1),
    (1, 9, 10, 1, 2, 2, 2, 3), (2, 6, 3, 3, 1, 1, 2, 2),
]  # fmt: skip


@pytest.fixture(autouse=True)
def on_the_oracle():
    with use_backend(B):
        yield


def draws(*shapes):
    random = np.random.default_rng(sum(map(sum, shapes)))
    return [random.standard_normal(shape) for shape in shapes]


@pytest.mark.parametrize("N, H, W, C, R, S, K, stride", CONVOLUTIONS)
def test_convolution_and_its_transposes(N, H, W, C, R, S, K, stride):
    P, Q = (H - R) // stride + 1, (W - S) // stride + 1
    x, w, dy = draws((N, H, W, C), (R, S, C, K), (N, P, Q, K))
    y, dx, dw = np.zeros((N, P, Q, K)), np.zeros_like(x), np.zeros_like(w)
    for n, p, q, r, s, c, k in product(*map(range, (N, P, Q, R, S, C, K))):
        h, v = p * stride + r, q * stride + s
        y[n, p, q, k] += x[n, h, v, c] * w[r, s, c, k]
        dx[n, h, v, c] += dy[n, p, q, k] * w[r, s, c, k]
        dw[r, s, c, k] += x[n, h, v, c] * dy[n, p, q, k]
    for ours, loop in (
        (B.conv2d(x, w, stride), y),
        (B.conv2d_input_grad(dy, w, (H, W), stride), dx),
        (B.conv2d_weight_grad(x, dy, (R, S), stride), dw),
    ):
        assert ours.shape == loop.shape and np.abs(ours - loop).max() < 1e-12


@pytest.mark.parametrize("N, H, W, C, R, S, K, stride", CONVOLUTIONS)
def test_the_transposed_convolution_is_the_transpose(N, H, W, C, R, S, K, stride):
    # <conv(x), y> = <x, conv_transpose(y)> wherever the strides drop no pixel
    P, Q = (H - R) // stride + 1, (W - S) // stride + 1
    H, W = stride * (P - 1) + R, stride * (Q - 1) + S
    x, w, y = draws((N, H, W, C), (R, S, C, K), (N, P, Q, K))
    back = conv_transpose2d(y, w, stride)
    assert back.shape == x.shape
    assert (conv2d(x, w, stride).numpy() * y).sum() == pytest.approx((x * back.numpy()).sum())


def test_batch_norm_normalises():
    x, scale, shift = draws((3, 4, 5, 2), (2,), (2,))
    y, mean, inv_std = B.batch_norm(x * 3 + 7, scale, shift, 1e-4)
    flat = (x * 3 + 7).reshape(-1, 2)
    assert np.allclose(mean, flat.mean(0)) and np.allclose(inv_std, 1 / np.sqrt(flat.var(0) + 1e-4))
    assert np.allclose(y.reshape(-1, 2), (flat - flat.mean(0)) / np.sqrt(flat.var(0) + 1e-4) * scale + shift)


def test_batch_norm_of_one_pixel_is_its_shift():
    y, _, _ = B.batch_norm(np.full((1, 1, 1, 2), 5.0), np.ones(2), np.array([3.0, -1.0]), 1e-4)
    assert y.reshape(-1).tolist() == [3.0, -1.0]


def test_batch_norm_with_a_mean_far_above_the_deviation():
    x = (np.random.default_rng(0).standard_normal((64, 3)) + 1000).astype(np.float32)
    y, _, _ = B.batch_norm(x, np.ones(3, np.float32), np.zeros(3, np.float32), 1e-4)
    exact, _, _ = B.batch_norm(x.astype(np.float64), np.ones(3), np.zeros(3), 1e-4)
    assert np.abs(y - exact).max() < 1e-3  # one rounding of x is 3e-5 of a deviation; a cancelling formula gives 0.1


def test_maxout_takes_the_largest_of_adjacent_channels_and_the_first_of_equals():
    y, which = B.maxout(np.array([[1.0, 3.0, 2.0, 2.0, -5.0, -6.0]]), 2)
    assert y.tolist() == [[3.0, 2.0, -5.0]] and which.tolist() == [[1, 0, 0]]
    dx = B.maxout_grad(np.array([[10.0, 20.0, 30.0]]), which, 2)
    assert dx.tolist() == [[0, 10, 20, 0, 30, 0]]


def test_leaky_relu_and_its_kink():
    x = Tensor(np.array([-2.0, 0.0, 3.0]))
    assert leaky_relu(x, 0.1).numpy().tolist() == [-0.2, 0.0, 3.0]
    assert B.leaky_relu_grad(np.ones(3), leaky_relu(x, 0.1).numpy(), 0.1).tolist() == [0.1, 0.1, 1.0]


@pytest.mark.parametrize("dtype, far", [(np.float32, 200.0), (np.float64, 2000.0)])
def test_sigmoid_and_softplus_do_not_overflow(dtype, far):
    x = np.array([-far, -1.0, 0.0, 1.0, far], dtype)
    with np.errstate(over="raise"):
        sigmoid, softplus = B.sigmoid(x), B.softplus(x)
    assert np.allclose(sigmoid, [0, 1 / (1 + np.e), 0.5, np.e / (1 + np.e), 1], atol=1e-7)
    assert np.allclose(softplus, [0, np.log1p(1 / np.e), np.log(2), np.log1p(np.e), far])
    assert sigmoid.dtype == softplus.dtype == dtype


def test_dropout_zeroes_a_share_and_scales_the_rest():
    x = np.ones(100_000, np.float32)
    y = dropout(Tensor(x), 0.2, Rng(3)).numpy()
    assert set(np.unique(y)) == {np.float32(0), np.float32(1.25)}
    assert abs((y == 0).mean() - 0.2) < 4 * (0.2 * 0.8 / x.size) ** 0.5
    bits = philox.words(3, 0, 0, 0, x.size)
    assert np.array_equal(y != 0, bits >= int(0.2 * 2**32))


def test_dropout_of_nothing_is_the_input():
    x, rng = Tensor([1.0]), Rng(0)
    assert dropout(x, 0.0, rng) is x and rng.stream == 0


@pytest.mark.parametrize("p", [-0.1, 1.0, float("nan")])
def test_dropout_refuses_other_chances(p):
    with pytest.raises(ValueError, match="dropout: p must be in"):
        dropout(Tensor([1.0]), p, Rng(0))


def test_gaussian_sample():
    mu, log_sigma, eps = draws((3, 4), (3, 4), (3, 4))
    z = gaussian_sample(mu, log_sigma, None, eps)
    assert np.allclose(z.numpy(), mu + np.exp(log_sigma) * eps)
    drawn = gaussian_sample(mu, log_sigma, Rng(1, stream=5)).numpy()
    assert np.allclose(drawn, mu + np.exp(log_sigma) * B.normal((3, 4), Draw(1, 5, 0), np.float64))
    with pytest.raises(ValueError, match=r"mu has shape \(3, 4\), but log_sigma has shape \(4,\)"):
        gaussian_sample(mu, log_sigma[0], Rng(1))
    with pytest.raises(ValueError, match="needs an rng"):
        gaussian_sample(mu, log_sigma, None)


def test_concat_and_split():
    a, b = draws((2, 3), (2, 1))
    joined = concat([a, b], 1)
    assert np.array_equal(joined.numpy(), np.hstack([a, b]))
    first, second = split(joined, [3, 1], -1)
    assert np.array_equal(first.numpy(), a) and np.array_equal(second.numpy(), b)


def test_adam_is_the_paper_rule():
    random = np.random.default_rng(0)
    w = random.standard_normal(9)
    ours, m, v, ok = w.copy(), np.zeros(9), np.zeros(9), np.ones(1, np.int64)
    m_ref, v_ref = np.zeros(9), np.zeros(9)
    for t in range(1, 6):
        g = random.standard_normal(9)
        B.adam(ours, g, m, v, np.array([t - 1]), ok, 1e-2, 0.5, 0.999, 1e-8)
        m_ref, v_ref = 0.5 * m_ref + 0.5 * g, 0.999 * v_ref + 0.001 * g * g
        w = w - 1e-2 * np.sqrt(1 - 0.999**t) / (1 - 0.5**t) * m_ref / (np.sqrt(v_ref) + 1e-8)
    assert np.abs(ours - w).max() < 1e-14


def test_nothing_moves_once_a_loss_was_not_finite():
    step, ok, ring = np.array([7]), np.ones(1, np.int64), np.zeros((4, 2), np.float32)
    B.watch([np.float32(1.5), np.float32(2.5)], ring, step, ok)
    assert ring[3].tolist() == [1.5, 2.5] and ok[0] == 1
    B.advance(step, ok)
    B.watch([np.float32(1.0), np.float32(np.nan)], ring, step, ok)
    assert ok[0] == 0 and step[0] == 8 and np.isnan(ring[0, 1])
    w, m, running = np.ones(2), np.zeros(2), np.ones(2)
    B.adam(w, np.ones(2), m, np.zeros(2), step, ok, 0.1, 0.5, 0.9, 1e-8)
    B.lerp(running, np.zeros(2), 0.5, ok)
    B.watch([np.float32(3.0), np.float32(3.0)], ring, step, ok)
    B.advance(step, ok)
    assert w.tolist() == [1, 1] and m.tolist() == [0, 0] and running.tolist() == [1, 1]
    assert step[0] == 8 and ok[0] == 0 and ring[0, 0] == 1.0


def test_lerp_is_the_running_average():
    running, ok = np.array([0.0, 1.0]), np.ones(1, np.int64)
    B.lerp(running, np.array([1.0, 3.0]), 0.05, ok)
    assert np.allclose(running, [0.05, 1.1])


def test_only_a_backend_can_be_set(monkeypatch):
    for wrong in (None, 5, [], "abacus"):
        with pytest.raises(InputError, match=r"auto, numpy, cuda, emulator"):
            set_backend(wrong)
    monkeypatch.setenv("ALICUDA_BACKEND", "")  # as good as unset
    monkeypatch.setattr(backends, "_current", None)
    assert backends.current().name in ("numpy", "cuda")
