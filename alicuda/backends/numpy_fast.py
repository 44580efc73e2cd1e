"""The NumPy backend that trains: overrides what a profile of the training step names.

Three things make it fast. Convolutions are matrix products of a few images at a time (`_im2col.py`). Whatever streams
activations through memory does so in pieces, all of its passes over one piece before the next. And the pieces are
shared out to one thread per core (`_workers.py`).

Every result is the same bits with any number of threads: pieces depend on shapes alone, and partial sums are added in
the order of their pieces.
"""

from __future__ import annotations

import math
from contextlib import suppress
from functools import lru_cache
from math import prod

import numpy as np

from alicuda import philox
from alicuda.backends import _im2col
from alicuda.backends._workers import SMALL, Rows, Workers, pieces
from alicuda.backends.numpy_ import NumPy

IN_CACHE = 1 << 15  # elements
SMALL_DRAW = 1 << 16  # words: a draw is fifty times the work of an addition


class NumPyFast(NumPy):
    """`threads`: how many to use; one for each core that this process may run on unless given."""

    def __init__(self, threads: int | None = None):
        self._workers = Workers(threads)
        # Our threads each call BLAS on a piece of their own; with BLAS threads of its own on top, every core would have
        # several to run. Set once, for the whole process and for good: setting it around each call takes longer than
        # many of the calls, and two threads that set and reset it would disturb each other.
        # Where threadpoolctl is not installed, BLAS keeps its threads: slower, and not the same bits on every machine.
        with suppress(ImportError):
            import threadpoolctl

            threadpoolctl.threadpool_limits(limits=1, user_api="blas")

    def _on_pieces(self, size, function, small=SMALL):
        """function(slice) on consecutive slices of range(size), a single one up to `small`."""
        cuts = pieces(size, small=small)
        self._workers.run(lambda i: function(cuts[i]), len(cuts))

    def _elementwise(self, function, *arrays):
        """function(*arrays), a definition from `numpy_.py`, on pieces whose temporaries stay in the cache."""
        flat = [np.ascontiguousarray(x).reshape(-1) for x in arrays]
        out = self._workers.empty(flat[0].shape, flat[0].dtype)
        for lo in range(0, out.size, IN_CACHE):
            out[lo : lo + IN_CACHE] = function(*(x[lo : lo + IN_CACHE] for x in flat))
        return out.reshape(arrays[0].shape)

    # -- convolution ---------------------------------------------------------------------------------------------

    def conv2d(self, x, w, stride):
        return _im2col.conv2d(self._workers, np.ascontiguousarray(x), np.ascontiguousarray(w), stride)

    def conv2d_input_grad(self, dy, w, size, stride):
        dy, w = np.ascontiguousarray(dy), np.ascontiguousarray(w)
        return _im2col.conv2d_input_grad(self._workers, dy, w, tuple(size), stride)

    def conv2d_weight_grad(self, x, dy, taps, stride):
        x, dy = np.ascontiguousarray(x), np.ascontiguousarray(dy)
        return _im2col.conv2d_weight_grad(self._workers, x, dy, tuple(taps), stride)

    # -- bias and batch norm -------------------------------------------------------------------------------------

    def bias_add(self, x, b):
        x, y = np.ascontiguousarray(x), self._workers.empty(x.shape, x.dtype)
        rows = Rows(x, b.size)
        shift = rows.repeated(b)

        def piece(i):
            cut = rows.cuts[i]
            np.add(rows.lines(x, cut), rows.line(shift, cut), out=rows.lines(y, cut))

        self._workers.run(piece, len(rows.cuts))
        return y

    def bias_grad(self, dy, shape):
        dy = np.ascontiguousarray(dy)
        rows = Rows(dy, prod(shape))
        sums = np.empty((len(rows.cuts), rows.channels))

        def piece(i):
            sums[i] = channel_sums(rows.lines(dy, rows.cuts[i]), rows.channels)

        self._workers.run(piece, len(rows.cuts))
        return sums.sum(axis=0).astype(dy.dtype).reshape(shape)

    def batch_norm(self, x, scale, shift, eps):
        return self._batch_norm(x, scale, shift, eps, None)

    def batch_norm_leaky_relu(self, x, scale, shift, eps, slope):
        return self._batch_norm(x, scale, shift, eps, slope)

    def _batch_norm(self, x, scale, shift, eps, slope):
        x, y = np.ascontiguousarray(x), self._workers.empty(x.shape, x.dtype)
        rows = Rows(x, x.shape[-1])
        mean, inv_std = self._statistics(x, rows, eps)
        mean_line, gain_line, shift_line = (rows.repeated(v) for v in (mean, inv_std * scale, shift))

        def piece(i):
            cut = rows.cuts[i]
            out = rows.lines(y, cut)
            np.subtract(rows.lines(x, cut), rows.line(mean_line, cut), out=out)
            np.multiply(out, rows.line(gain_line, cut), out=out)
            np.add(out, rows.line(shift_line, cut), out=out)
            if slope is not None:
                self._leaky_relu_into(out, out, slope)

        self._workers.run(piece, len(rows.cuts))
        return y, mean, inv_std

    def _statistics(self, x, rows, eps):
        """Mean and 1 / sqrt(variance + eps) in one pass over memory.

        Sums of squares would cancel where the mean is large, so each piece is centred on its own mean, and the pieces
        are put together by the formula of Chan, Golub and LeVeque, "Updating Formulae and a Pairwise Algorithm for
        Computing Sample Variances", 1979.
        """
        counts = np.array([[cut.stop - cut.start] for cut in rows.cuts], np.float64)
        means, squares = np.empty((2, len(rows.cuts), rows.channels))

        def piece(i):
            cut, count = rows.cuts[i], counts[i, 0]
            guess = (channel_sums(rows.lines(x, cut), rows.channels) / count).astype(x.dtype)
            centred = self._workers.scratch("centred", rows.lines(x, cut).shape, x.dtype)
            np.subtract(rows.lines(x, cut), rows.line(rows.repeated(guess), cut), out=centred)
            rest = channel_sums(centred, rows.channels) / count  # what rounding left in the sum
            np.square(centred, out=centred)
            means[i] = guess + rest
            squares[i] = channel_sums(centred, rows.channels) - count * rest * rest

        self._workers.run(piece, len(rows.cuts))
        mean = (counts * means).sum(axis=0) / rows.count
        variance = (squares + counts * np.square(means - mean)).sum(axis=0) / rows.count
        return mean.astype(x.dtype), (1 / np.sqrt(variance + eps)).astype(x.dtype)

    def batch_norm_grad(self, dy, x, scale, mean, inv_std):
        return self._batch_norm_grad(dy, x, None, scale, mean, inv_std, None)

    def batch_norm_leaky_relu_grad(self, dy, x, y, scale, mean, inv_std, slope):
        return self._batch_norm_grad(dy, x, np.ascontiguousarray(y), scale, mean, inv_std, slope)

    def _batch_norm_grad(self, dy, x, y, scale, mean, inv_std, slope):
        """dx is a * (dy + b * (x - mean) + c) with three numbers a channel, once the two sums are known."""
        dy, x = np.ascontiguousarray(dy), np.ascontiguousarray(x)
        dx = self._workers.empty(x.shape, x.dtype)
        rows = Rows(x, x.shape[-1])
        sums = np.empty((2, len(rows.cuts), rows.channels))
        mean_line = rows.repeated(mean)

        def sum_up(i):
            cut = rows.cuts[i]
            up = rows.lines(dy, cut)
            if y is not None:  # through the leaky ReLU; the second pass finds it in dx
                up = self._leaky_relu_grad_into(rows.lines(dx, cut), up, rows.lines(y, cut), slope)
            product = self._workers.scratch("centred", up.shape, x.dtype)
            np.subtract(rows.lines(x, cut), rows.line(mean_line, cut), out=product)
            np.multiply(product, up, out=product)
            sums[0, i] = channel_sums(up, rows.channels)
            sums[1, i] = channel_sums(product, rows.channels)

        self._workers.run(sum_up, len(rows.cuts))
        dshift, products = sums.sum(axis=1)
        dscale = products * inv_std
        b, c = -inv_std * dscale / rows.count, -dshift / rows.count
        a_line, b_line, c_line = (rows.repeated(v.astype(x.dtype)) for v in (scale * inv_std, b, c))

        def piece(i):
            cut = rows.cuts[i]
            out, up = rows.lines(dx, cut), rows.lines(dy if y is None else dx, cut)
            centred = self._workers.scratch("centred", out.shape, x.dtype)
            np.subtract(rows.lines(x, cut), rows.line(mean_line, cut), out=centred)
            np.multiply(centred, rows.line(b_line, cut), out=centred)
            np.add(centred, rows.line(c_line, cut), out=centred)
            np.add(centred, up, out=out)
            np.multiply(out, rows.line(a_line, cut), out=out)

        self._workers.run(piece, len(rows.cuts))
        return dx, dscale.astype(x.dtype), dshift.astype(x.dtype)

    # -- elementwise ---------------------------------------------------------------------------------------------

    def _leaky_relu_into(self, out, x, slope):
        """max(x, slope * x), which picks x where x > 0 if slope <= 1 (min if slope > 1); np.where is 5 times slower."""
        below = self._workers.scratch("below", x.shape, x.dtype)
        np.multiply(x, x.dtype.type(slope), out=below)
        (np.maximum if slope <= 1 else np.minimum)(x, below, out=out)

    def _leaky_relu_grad_into(self, out, dy, y, slope):
        """dy * (1 where y > 0, else slope), by arithmetic: np.where is 3 times slower."""
        factor = self._workers.scratch("below", y.shape, y.dtype)
        positive = self._workers.scratch("positive", y.shape, np.bool_)
        slope = y.dtype.type(slope)
        np.copyto(factor, np.greater(y, 0, out=positive))
        np.multiply(factor, 1 - slope, out=factor)
        np.add(factor, slope, out=factor)  # 1 - slope was rounded, but the sum rounds to 1 again for 0 <= slope <= 1
        return np.multiply(dy, factor, out=out)

    def leaky_relu(self, x, slope):
        x, y = np.ascontiguousarray(x), self._workers.empty(x.shape, x.dtype)
        flat_x, flat_y = x.reshape(-1), y.reshape(-1)
        self._on_pieces(x.size, lambda part: self._leaky_relu_into(flat_y[part], flat_x[part], slope))
        return y

    def leaky_relu_grad(self, dy, y, slope):
        dx = self._workers.empty(dy.shape, dy.dtype)
        flat_dx, flat_dy, flat_y = (np.ascontiguousarray(a).reshape(-1) for a in (dx, dy, y))

        def piece(part):
            self._leaky_relu_grad_into(flat_dx[part], flat_dy[part], flat_y[part], slope)

        self._on_pieces(dy.size, piece)
        return dx

    def dropout(self, x, p, draw):
        step = draw.step if isinstance(draw.step, int) else int(draw.step[0])
        y, keep = self._workers.empty(x.shape, x.dtype), self._workers.empty(x.shape, np.bool_)
        flat_x, flat_y, flat_keep = (np.ascontiguousarray(a).reshape(-1) for a in (x, y, keep))
        threshold, scale = philox.keep_threshold(p), x.dtype.type(1 / (1 - p))

        def piece(part):
            words = philox.words(draw.seed, draw.stream, step, part.start, part.stop)
            np.greater_equal(words, threshold, out=flat_keep[part])
            out = np.multiply(flat_x[part], flat_keep[part], out=flat_y[part])
            np.multiply(out, scale, out=out)

        self._on_pieces(x.size, piece, SMALL_DRAW)
        return y, keep

    def dropout_grad(self, dy, p, draw, mask):
        dx, scale = self._workers.empty(dy.shape, dy.dtype), dy.dtype.type(1 / (1 - p))
        flat_dx, flat_dy, flat_mask = (np.ascontiguousarray(a).reshape(-1) for a in (dx, dy, mask))

        def piece(part):
            out = np.multiply(flat_dy[part], flat_mask[part], out=flat_dx[part])
            np.multiply(out, scale, out=out)

        self._on_pieces(dy.size, piece)
        return dx

    def sigmoid(self, x):
        return self._elementwise(super().sigmoid, x)

    def sigmoid_grad(self, dy, y):
        return self._elementwise(super().sigmoid_grad, dy, y)

    # -- the training step's bookkeeping -------------------------------------------------------------------------

    def adam(self, w, g, m, v, step, ok, lr, beta1, beta2, eps):
        """The definition with its temporaries in two arrays: the same operations in the same order."""
        if not ok[0]:
            return
        t = int(step[0]) + 1
        rate = lr * math.sqrt(1 - beta2**t) / (1 - beta1**t)

        def piece(part):
            for lo in range(part.start, part.stop, IN_CACHE):
                here = slice(lo, min(lo + IN_CACHE, part.stop))
                change = self._workers.scratch("change", (here.stop - lo,), w.dtype)
                below = self._workers.scratch("below", change.shape, w.dtype)
                np.multiply(np.subtract(g[here], m[here], out=change), 1 - beta1, out=change)
                m[here] += change
                np.multiply(g[here], g[here], out=change)
                np.multiply(np.subtract(change, v[here], out=change), 1 - beta2, out=change)
                v[here] += change
                np.add(np.sqrt(v[here], out=below), eps, out=below)
                np.divide(np.multiply(m[here], rate, out=change), below, out=change)
                w[here] -= change

        self._on_pieces(len(w), piece)


def channel_sums(lines: np.ndarray, channels: int) -> np.ndarray:
    """Each channel's sum over lines of whole rows, in float64.

    A product with ones adds the lines up, faster than lines.sum(axis=0) does; what is left is one line.
    """
    return (ones(len(lines), lines.dtype) @ lines).reshape(-1, channels).sum(axis=0, dtype=np.float64)


@lru_cache(maxsize=256)
def ones(count, dtype):
    return np.ones(count, dtype)
