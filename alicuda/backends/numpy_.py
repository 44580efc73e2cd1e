"""The definition of every primitive, in plain NumPy: as short as the formula, any float dtype, no threads.

This backend is the oracle of every test. Nothing here is written for speed; see `numpy_fast.py` for that.
"""

from __future__ import annotations

import math
from itertools import product

import numpy as np

from alicuda import philox
from alicuda.backends.contract import Fused


def batch_axes(x):
    return tuple(range(x.ndim - 1))


def draw_words(draw, size):
    """The words of a draw; its step may live in an array of one."""
    step = draw.step if isinstance(draw.step, int) else int(draw.step[0])
    return philox.words(draw.seed, draw.stream, step, 0, size)


class NumPy(Fused):
    name = "numpy"

    # -- memory --------------------------------------------------------------------------------------------------

    def asarray(self, array, dtype=None):
        return np.asarray(array, dtype, order="C")

    def to_numpy(self, x):
        return x

    def full(self, shape, value, dtype):
        return np.full(shape, value, dtype)

    def reshape(self, x, shape):
        return x.reshape(shape)

    def copy_into(self, target, source):
        target[...] = source

    # -- convolution: y[n,p,q,k] = sum over r,s,c of x[n, p*stride + r, q*stride + s, c] * w[r,s,c,k] --------------

    def conv2d(self, x, w, stride):
        (N, H, W, _), (R, S, _, K) = x.shape, w.shape
        P, Q = (H - R) // stride + 1, (W - S) // stride + 1
        y = np.zeros((N, P, Q, K), x.dtype)
        for r, s in product(range(R), range(S)):
            y += x[:, r : r + stride * P : stride, s : s + stride * Q : stride] @ w[r, s]
        return y

    def conv2d_input_grad(self, dy, w, size, stride):
        (N, P, Q, _), (R, S, C, _) = dy.shape, w.shape
        dx = np.zeros((N, *size, C), dy.dtype)
        for r, s in product(range(R), range(S)):
            dx[:, r : r + stride * P : stride, s : s + stride * Q : stride] += dy @ w[r, s].T
        return dx

    def conv2d_weight_grad(self, x, dy, taps, stride):
        (_, P, Q, K), C, (R, S) = dy.shape, x.shape[3], taps
        dw = np.zeros((R, S, C, K), x.dtype)
        for r, s in product(range(R), range(S)):
            tap = x[:, r : r + stride * P : stride, s : s + stride * Q : stride]
            dw[r, s] = tap.reshape(-1, C).T @ dy.reshape(-1, K)
        return dw

    # -- bias and batch norm -------------------------------------------------------------------------------------

    def bias_add(self, x, b):
        return x + b

    def bias_grad(self, dy, shape):
        return dy.sum(axis=tuple(range(dy.ndim - len(shape))))

    def batch_norm(self, x, scale, shift, eps):
        mean = x.mean(axis=batch_axes(x))
        inv_std = 1 / np.sqrt(np.square(x - mean).mean(axis=batch_axes(x)) + x.dtype.type(eps))
        return (x - mean) * inv_std * scale + shift, mean, inv_std

    def batch_norm_grad(self, dy, x, scale, mean, inv_std):
        x_hat = (x - mean) * inv_std
        dshift = dy.sum(axis=batch_axes(dy))
        dscale = (dy * x_hat).sum(axis=batch_axes(dy))
        M = x.size // x.shape[-1]
        return scale * inv_std * (dy - dshift / M - x_hat * (dscale / M)), dscale, dshift

    # -- elementwise ---------------------------------------------------------------------------------------------

    def leaky_relu(self, x, slope):
        return np.where(x > 0, x, x.dtype.type(slope) * x)

    def leaky_relu_grad(self, dy, y, slope):
        return np.where(y > 0, dy, dy.dtype.type(slope) * dy)

    def maxout(self, x, pieces):
        groups = x.reshape(*x.shape[:-1], x.shape[-1] // pieces, pieces)
        which = groups.argmax(axis=-1)
        return np.take_along_axis(groups, which[..., None], axis=-1)[..., 0], which.astype(np.uint8)

    def maxout_grad(self, dy, which, pieces):
        dx = np.zeros((*dy.shape, pieces), dy.dtype)
        np.put_along_axis(dx, which[..., None].astype(np.intp), dy[..., None], axis=-1)
        return dx.reshape(*dy.shape[:-1], dy.shape[-1] * pieces)

    def dropout(self, x, p, draw):
        keep = (draw_words(draw, x.size) >= philox.keep_threshold(p)).reshape(x.shape)
        return self.dropout_grad(x, p, draw, keep), keep

    def dropout_grad(self, dy, p, draw, mask):
        return dy * mask * dy.dtype.type(1 / (1 - p))

    def sigmoid(self, x):
        t = np.exp(-np.abs(x))  # in (0, 1]: never overflows
        return np.where(x >= 0, 1, t) / (1 + t)

    def sigmoid_grad(self, dy, y):
        return dy * y * (1 - y)

    def softplus(self, x):
        return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))

    def softplus_grad(self, dy, x):
        return dy * self.sigmoid(x)

    def exp(self, x):
        return np.exp(x)

    def exp_grad(self, dy, y):
        return dy * y

    def add(self, x, y):
        return x + y

    def mul(self, x, y):
        return x * y

    def affine(self, x, a, b):
        return x * x.dtype.type(a) + x.dtype.type(b)

    def power(self, x, p):
        return x ** x.dtype.type(p)

    # -- shape ---------------------------------------------------------------------------------------------------

    def concat(self, arrays, axis):
        return np.concatenate(arrays, axis)

    def split(self, x, sizes, axis):
        return [np.ascontiguousarray(part) for part in np.split(x, np.cumsum(sizes)[:-1], axis)]

    def sum(self, x, axes):
        return np.asarray(x.sum(axis=axes))

    def mean(self, x, axes):
        return np.asarray(x.mean(axis=axes))

    def broadcast_to(self, x, shape):
        return np.ascontiguousarray(np.broadcast_to(x, shape))

    # -- random numbers ------------------------------------------------------------------------------------------

    def uniform(self, shape, draw, dtype):
        return philox.uniforms(draw_words(draw, int(np.prod(shape))), dtype).reshape(shape)

    def normal(self, shape, draw, dtype):
        size = int(np.prod(shape))
        return philox.normals(draw_words(draw, size + size % 2), dtype)[:size].reshape(shape)

    def gaussian_sample(self, mu, log_sigma, draw, eps):
        eps = self.normal(mu.shape, draw, mu.dtype.type) if eps is None else eps
        return mu + np.exp(log_sigma) * eps, eps

    def gaussian_sample_grad(self, dz, log_sigma, draw, eps):
        return dz, dz * np.exp(log_sigma) * eps

    # -- the training step's bookkeeping -------------------------------------------------------------------------

    def adam(self, w, g, m, v, step, ok, lr, beta1, beta2, eps):
        """Kingma and Ba 2015, section 2: eps stands outside the bias correction. `step` counts from 0."""
        if not ok[0]:
            return
        t = int(step[0]) + 1
        m += (1 - beta1) * (g - m)
        v += (1 - beta2) * (g * g - v)
        w -= lr * math.sqrt(1 - beta2**t) / (1 - beta1**t) * m / (np.sqrt(v) + eps)

    def lerp(self, running, batch, rate, ok):
        if ok[0]:
            running += rate * (batch - running)

    def watch(self, values, ring, step, ok):
        """Write the scalars into the ring's row of this step; lower the flag for good if one is not finite."""
        row = ring[int(step[0]) % len(ring)]
        if ok[0]:
            row[:] = [value.reshape(()) for value in values]
            ok[0] = np.isfinite(row).all()

    def advance(self, step, ok):
        step += ok
