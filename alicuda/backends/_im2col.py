"""Convolutions as matrix products, a few images at a time.

*im2col* writes the window under every output pixel as one row of a matrix; a convolution is then that matrix times the
filters. The matrix has R * S times as many numbers as the images, so it is made for a few images at a time: what a
thread has just written is still in its cache when the product reads it. Source: Chellapilla et al., "High Performance
Convolutional Neural Networks for Document Processing", 2006.

In NHWC one row r of a window, (s, c) for all s and c, lies contiguously in memory, so im2col copies runs of S * C.
"""

from __future__ import annotations

from math import prod

import numpy as np

from alicuda.backends._workers import Workers, pieces

FORWARD_BYTES = 1 << 20  # of im2col matrix at a time
INPUT_GRAD_BYTES = 3 << 19
WEIGHT_GRAD_ROWS = 400  # of im2col matrix at a time, at least: the product's result must be added to what is there
LEAST_CHUNKS = 8  # so that as many cores have something to do


def images_at_a_time(count: int, bytes_per_image: int, limit: int) -> int:
    return max(1, min(-(-limit // bytes_per_image), -(-count // LEAST_CHUNKS)))


def view(x: np.ndarray, shape: tuple[int, ...], strides: tuple[int, ...]) -> np.ndarray:
    """as_strided without its Python overhead. NumPy checks that the view stays inside x."""
    return np.ndarray(shape, x.dtype, x, 0, strides)


def windows(x: np.ndarray, R: int, S: int, stride: int) -> np.ndarray:
    """A view (N,P,Q,R,S*C) of the contiguous x: the window under each output pixel."""
    (N, H, W, C), (n, h, w, c) = x.shape, x.strides
    P, Q = (H - R) // stride + 1, (W - S) // stride + 1
    return view(x, (N, P, Q, R, S * C), (n, stride * h, stride * w, h, c))


def matmul(workers: Workers, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """a @ b, cut along the longer side of the result."""
    (M, _), (_, N) = a.shape, b.shape
    out = workers.empty((M, N), a.dtype)
    cuts = pieces(max(M, N), max(64, -(-max(M, N) // LEAST_CHUNKS)))

    def chunk(i: int) -> None:
        if M >= N:
            np.matmul(a[cuts[i]], b, out=out[cuts[i]])
        else:
            np.matmul(a, b[:, cuts[i]], out=out[:, cuts[i]])

    workers.run(chunk, len(cuts))
    return out


def is_matmul(size: tuple[int, ...], taps: tuple[int, ...], stride: int) -> bool:
    """Whether each input pixel meets exactly one window: no im2col is needed."""
    return tuple(size) == tuple(taps) or (tuple(taps) == (1, 1) and stride == 1)


def conv2d(workers: Workers, x: np.ndarray, w: np.ndarray, stride: int) -> np.ndarray:
    (N, H, W, C), (R, S, _, K) = x.shape, w.shape
    P, Q = (H - R) // stride + 1, (W - S) // stride + 1
    filters = w.reshape(R * S * C, K)
    if is_matmul((H, W), (R, S), stride):
        return matmul(workers, x.reshape(-1, R * S * C), filters).reshape(N, P, Q, K)
    y = workers.empty((N, P, Q, K), x.dtype)
    all_windows = windows(x, R, S, stride)
    images = pieces(N, images_at_a_time(N, P * Q * filters.shape[0] * x.itemsize, FORWARD_BYTES))

    def chunk(i: int) -> None:
        source = all_windows[images[i]]
        columns = workers.scratch("columns", source.shape, x.dtype)
        np.copyto(columns, source)
        np.matmul(columns.reshape(-1, filters.shape[0]), filters, out=y[images[i]].reshape(-1, K))

    workers.run(chunk, len(images))
    return y


def conv2d_weight_grad(
    workers: Workers, x: np.ndarray, dy: np.ndarray, taps: tuple[int, int], stride: int
) -> np.ndarray:
    (N, P, Q, K), C, (R, S) = dy.shape, x.shape[3], taps
    if is_matmul(x.shape[1:3], taps, stride) and N * P * Q <= R * S * C * K:  # else cutting dw gives too little work
        return matmul(workers, x.reshape(-1, R * S * C).T, dy.reshape(-1, K)).reshape(R, S, C, K)
    all_windows = windows(x, R, S, stride)
    groups = pieces(N, -(-N // LEAST_CHUNKS))
    step = max(-(-WEIGHT_GRAD_ROWS // (P * Q)), 1)
    partial = workers.empty((len(groups), R * S * C, K), x.dtype)

    def chunk(i: int) -> None:
        group = groups[i]
        product = workers.scratch("product", partial.shape[1:], x.dtype)
        for k, part in enumerate(pieces(group.stop - group.start, step)):
            images = slice(group.start + part.start, group.start + part.stop)
            source = all_windows[images]
            columns = workers.scratch("columns", source.shape, x.dtype)
            np.copyto(columns, source)
            out = product if k else partial[i]
            np.matmul(columns.reshape(-1, R * S * C).T, dy[images].reshape(-1, K), out=out)
            if k:
                np.add(partial[i], product, out=partial[i])

    workers.run(chunk, len(groups))
    return add_up(workers, partial).reshape(R, S, C, K)


def add_up(workers: Workers, partial: np.ndarray) -> np.ndarray:
    """The sum over the first axis, added in its order."""
    flat = partial.reshape(len(partial), -1)
    out = workers.empty(flat.shape[1:], partial.dtype)
    cuts = pieces(out.size, 1 << 15)

    def chunk(i: int) -> None:
        np.add.reduce(flat[:, cuts[i]], axis=0, out=out[cuts[i]])

    workers.run(chunk, len(cuts))
    return out


def conv2d_input_grad(
    workers: Workers, dy: np.ndarray, w: np.ndarray, size: tuple[int, int], stride: int
) -> np.ndarray:
    """Every output pixel adds its value times the filters to a window of dx: the scatter is what costs.

    On wide images all taps of a filter row are summed by the product itself (`_row_by_row`), at the price of some
    products with padding; on narrow ones the padding would cost more than it saves (`_tap_by_tap`).
    """
    (N, _, Q, K), (_, S, C, _) = dy.shape, w.shape
    if is_matmul(size, w.shape[:2], stride):
        filters = w.reshape(-1, K)
        return matmul(workers, dy.reshape(-1, K), filters.T).reshape(N, *size, C)
    steps = -(-S // stride)  # windows that meet in one pixel, along a row
    if Q >= 5 * (steps - 1):
        return _row_by_row(workers, dy, w, size, stride)
    return _tap_by_tap(workers, dy, w, size, stride)


def _tap_by_tap(workers: Workers, dy: np.ndarray, w: np.ndarray, size: tuple[int, int], stride: int) -> np.ndarray:
    (N, P, Q, K), (R, S, C, _) = dy.shape, w.shape
    dx = workers.empty((N, *size, C), dy.dtype)
    images = pieces(N, images_at_a_time(N, P * Q * (K + C) * dy.itemsize + dx[0].nbytes, INPUT_GRAD_BYTES))

    def chunk(i: int) -> None:
        part, rows = dx[images[i]], dy[images[i]].reshape(-1, K)
        part.fill(0)
        product = workers.scratch("product", (len(part), P, Q, C), dy.dtype)
        for r in range(R):
            for s in range(S):
                np.matmul(rows, w[r, s].T, out=product.reshape(-1, C))
                target = part[:, r : r + stride * P : stride, s : s + stride * Q : stride]
                np.add(target, product, out=target)

    workers.run(chunk, len(images))
    return dx


def _row_by_row(workers: Workers, dy: np.ndarray, w: np.ndarray, size: tuple[int, int], stride: int) -> np.ndarray:
    """The pixels stride * j + b of a row of dx, for all b < stride at once, see the same `steps` pixels of dy: those
    from j - steps + 1 to j. One product for each row r of taps gives a whole row of dx's columns.
    """
    (N, P, Q, K), (R, S, C, _) = dy.shape, w.shape
    (H, W), steps = size, -(-S // stride)
    J = Q + steps - 1
    taps = np.zeros((R, steps * stride, C, K), dy.dtype)
    taps[:, :S] = w
    taps = taps.reshape(R, steps, stride, C, K)[:, ::-1]  # pixel j - steps + 1 + t meets the taps of steps - 1 - t
    filters = np.ascontiguousarray(taps.transpose(0, 1, 4, 2, 3)).reshape(R, steps * K, stride * C)

    dx = workers.empty((N, H, W * C), dy.dtype)
    used = min(J * stride, W) * C  # beyond, either J's last columns are padding or no window reaches the pixels
    images = pieces(N, images_at_a_time(N, P * J * steps * K * dy.itemsize, INPUT_GRAD_BYTES))

    def chunk(i: int) -> None:
        part, source = dx[images[i]], dy[images[i]]
        n = len(part)
        padded = workers.scratch("padded", (n, P, J + steps - 1, K), dy.dtype)
        padded[:, :, : steps - 1] = 0
        padded[:, :, steps - 1 : J] = source
        padded[:, :, J:] = 0
        columns = workers.scratch("columns", (n, P, J, steps * K), dy.dtype)
        np.copyto(columns, view(padded, columns.shape, padded.strides))
        product = workers.scratch("product", (n, P, J * stride * C), dy.dtype)
        part.fill(0)
        for r in range(R):
            np.matmul(columns.reshape(-1, steps * K), filters[r], out=product.reshape(-1, stride * C))
            target = part[:, r : r + stride * P : stride, :used]
            np.add(target, product[:, :, :used], out=target)

    workers.run(chunk, len(images))
    return dx.reshape(N, H, W, C)
