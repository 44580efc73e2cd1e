"""Convolutions as matrix products, a few images at a time.

*im2col* writes the window under every output pixel as one row of a matrix; a convolution is then that matrix times the
filters. The matrix has R * S times as many numbers as the images, so it is made for a few images at a time: what a
thread has just written is still in its cache when the product reads it. Source: Chellapilla et al., "High Performance
Convolutional Neural Networks for Document Processing", 2006.

In NHWC one row r of a window, (s, c) for all s and c, lies contiguously in memory, so im2col copies runs of S * C.

Where a layer has few channels, the product is a narrow matrix, for which BLAS is slow. Then `group` neighbouring output
pixels share one longer window: one row of im2col for all of them, filters `group` times as wide and mostly zeros
elsewhere. That multiplies by some zeros, but copies less and gives BLAS the width it needs.
"""

from __future__ import annotations

from functools import cache
from math import prod

import numpy as np

from alicuda.backends._workers import Workers, pieces, split

TASKS = 8  # parts of a batch, each done by one thread from beginning to end
TASK_MACS = 1 << 24  # multiply-adds of a task: with fewer, its calls of NumPy are too short (see _workers.py)
TWO_TASKS_MACS = 1 << 21  # from here on a second core is worth waking all the same
FORWARD_BYTES = INPUT_GRAD_BYTES = 1 << 21  # of im2col matrix at a time
WEIGHT_GRAD_ROWS = 400  # of im2col matrix at a time: the product's result must be added to what is there
NARROW = 32  # columns that a product should have
WASTE = 1.25  # times as many multiplications, at most
SMALL_MACS = 10**6  # up to here OpenBLAS multiplies without repacking its operands first, on CPUs with AVX-512


def shares(count: int, macs: int) -> list[slice]:
    """range(count) in as many parts as the work is worth."""
    worth = max(macs // TASK_MACS & ~1, 2 if macs >= TWO_TASKS_MACS else 1)
    return split(count, min(TASKS, count, worth))


def portions(share: slice, at_a_time: int) -> list[slice]:
    """A share in almost equal parts of at most `at_a_time`."""
    count = share.stop - share.start
    parts = split(count, -(-count // max(1, at_a_time)))
    return [slice(share.start + part.start, share.start + part.stop) for part in parts]


def view(x: np.ndarray, shape: tuple[int, ...], strides: tuple[int, ...]) -> np.ndarray:
    """as_strided without its overhead, and NumPy checks that the view stays inside the contiguous x."""
    return np.ndarray(shape, x.dtype, x, 0, strides)


def windows(x: np.ndarray, R: int, S: int, stride: int, group: int = 1) -> np.ndarray:
    """A view (N,P,Q/group,R,length) of x: the window under each `group` neighbouring output pixels."""
    N, H, W, C = x.shape
    c = x.itemsize  # from the shape, not x.strides: those of an axis of extent 1 may be anything
    n, h, w = H * W * C * c, W * C * c, C * c
    P, Q, length = (H - R) // stride + 1, (W - S) // stride + 1, S + (group - 1) * stride
    return view(x, (N, P, Q // group, R, length * C), (n, stride * h, group * stride * w, h, c))


def group_of(width: int, channels: int, S: int, stride: int) -> int:
    """How many of `width` neighbouring pixels with `channels` numbers each to compute together."""

    def good(group: int) -> bool:
        return width % group == 0 and group * channels <= NARROW and S + (group - 1) * stride <= WASTE * S

    return next((group for group in (4, 2) if good(group)), 1)


def widen(filters: np.ndarray, group: int, stride: int) -> np.ndarray:
    """(R,S,C,K) -> (R, S + (group - 1) * stride, C, group, K): pixel j's filter begins stride * j pixels later."""
    R, S, C, K = filters.shape
    wide = np.zeros((R, S + (group - 1) * stride, C, group, K), filters.dtype)
    for j in range(group):
        wide[:, j * stride : j * stride + S, :, j] = filters
    return wide


def narrow(wide: np.ndarray, S: int, stride: int) -> np.ndarray:
    """The transpose of `widen`: add up what belongs to the same tap."""
    return np.sum([wide[:, j * stride : j * stride + S, :, j] for j in range(wide.shape[3])], axis=0)


@cache
def block_of(rows: int, most: int, least: int) -> int:
    """The largest divisor of `rows` up to `most`, or `rows` if that would be less than `least`."""
    return next((block for block in range(min(rows, most), least - 1, -1) if rows % block == 0), rows)


def multiply(a: np.ndarray, b: np.ndarray, out: np.ndarray) -> None:
    """out[...] = a @ b for contiguous a and out, in blocks of rows that are small enough for BLAS to be at its best.

    Repacking is what large products need, and half the time of a narrow one.
    """
    (rows, depth), N = a.shape, b.shape[1]
    block = block_of(rows, SMALL_MACS // (depth * N), 32)
    np.matmul(a.reshape(-1, block, depth), b, out=out.reshape(-1, block, N))


def multiply_transposed(workers: Workers, a: np.ndarray, b: np.ndarray, out: np.ndarray) -> None:
    """out[...] = a.T @ b likewise; the blocks' results are added in their order."""
    (rows, M), N = a.shape, b.shape[1]
    block = block_of(rows, SMALL_MACS // (M * N), 64)
    if block == rows:
        np.matmul(a.T, b, out=out)
        return
    products = workers.scratch("blocks", (rows // block, M, N), a.dtype)
    np.matmul(a.reshape(-1, block, M).transpose(0, 2, 1), b.reshape(-1, block, N), out=products)
    np.add.reduce(products, axis=0, out=out)


def matmul(workers: Workers, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """a @ b, cut along the longer side of the result."""
    (M, depth), N = a.shape, b.shape[1]
    out = workers.empty((M, N), a.dtype)
    cuts = shares(max(M, N), M * N * depth)

    def chunk(i: int) -> None:
        if M >= N:
            np.matmul(a[cuts[i]], b, out=out[cuts[i]])
        else:
            np.matmul(a, b[:, cuts[i]], out=out[:, cuts[i]])

    workers.run(chunk, len(cuts))
    return out


def is_matmul(size: tuple[int, int], taps: tuple[int, int], stride: int) -> bool:
    """Whether each input pixel meets exactly one window: no im2col is needed."""
    return size == taps or (taps == (1, 1) and stride == 1)


def conv2d(workers: Workers, x: np.ndarray, w: np.ndarray, stride: int) -> np.ndarray:
    (N, H, W, C), (R, S, _, K) = x.shape, w.shape
    P, Q = (H - R) // stride + 1, (W - S) // stride + 1
    if is_matmul((H, W), (R, S), stride):
        return matmul(workers, x.reshape(-1, R * S * C), w.reshape(-1, K)).reshape(N, P, Q, K)
    group = group_of(Q, K, S, stride)
    filters = widen(w, group, stride).reshape(-1, group * K) if group > 1 else w.reshape(-1, K)
    source = windows(x, R, S, stride, group)
    y = workers.empty((N, P, Q, K), x.dtype)
    tasks = shares(N, N * P * Q * w.size)
    at_a_time = FORWARD_BYTES // (prod(source.shape[1:]) * x.itemsize)

    def task(i: int) -> None:
        for images in portions(tasks[i], at_a_time):
            columns = workers.scratch("columns", source[images].shape, x.dtype)
            np.copyto(columns, source[images])
            multiply(columns.reshape(-1, len(filters)), filters, y[images].reshape(-1, group * K))

    workers.run(task, len(tasks))
    return y


def conv2d_weight_grad(
    workers: Workers, x: np.ndarray, dy: np.ndarray, taps: tuple[int, int], stride: int
) -> np.ndarray:
    (N, P, Q, K), C, (R, S) = dy.shape, x.shape[3], taps
    if is_matmul(x.shape[1:3], taps, stride) and N * P * Q <= R * S * C * K:  # else cutting dw gives too little work
        return matmul(workers, x.reshape(-1, R * S * C).T, dy.reshape(-1, K)).reshape(R, S, C, K)
    group = group_of(Q, K, S, stride)
    source = windows(x, R, S, stride, group)
    size = prod(source.shape[3:])
    tasks = shares(N, N * P * Q * R * S * C * K)
    at_a_time = -(-WEIGHT_GRAD_ROWS * group // (P * Q))
    partial = workers.empty((len(tasks), size, group * K), x.dtype)

    def task(i: int) -> None:
        for k, images in enumerate(portions(tasks[i], at_a_time)):
            columns = workers.scratch("columns", source[images].shape, x.dtype)
            np.copyto(columns, source[images])
            product = workers.scratch("product", partial.shape[1:], x.dtype) if k else partial[i]
            multiply_transposed(workers, columns.reshape(-1, size), dy[images].reshape(-1, group * K), product)
            if k:
                np.add(partial[i], product, out=partial[i])

    workers.run(task, len(tasks))
    dw = add_up(workers, partial)
    return narrow(dw.reshape(R, -1, C, group, K), S, stride) if group > 1 else dw.reshape(R, S, C, K)


def add_up(workers: Workers, partial: np.ndarray) -> np.ndarray:
    """The sum over the first axis, added in its order."""
    flat = partial.reshape(len(partial), -1)
    out = workers.empty(flat.shape[1:], partial.dtype)
    cuts = pieces(out.size, len(partial))
    workers.run(lambda i: np.add.reduce(flat[:, cuts[i]], axis=0, out=out[cuts[i]]), len(cuts))
    return out


def conv2d_input_grad(
    workers: Workers, dy: np.ndarray, w: np.ndarray, size: tuple[int, int], stride: int
) -> np.ndarray:
    """Every output pixel adds its value times the filters to a window of dx: it is this adding that costs.

    On wide images the product itself sums the taps of a filter row, at the price of some products with padding
    (`_row_by_row`); on narrow ones the padding would cost more than it saves (`_tap_by_tap`).
    """
    (N, _, Q, K), (R, S, C, _) = dy.shape, w.shape
    if is_matmul(size, (R, S), stride):
        return matmul(workers, dy.reshape(-1, K), w.reshape(-1, K).T).reshape(N, *size, C)
    padding = -(-S // stride) - 1  # pixels of it beside the Q of a row
    method = _row_by_row if padding <= Q / 5 else _tap_by_tap
    return method(workers, dy, w, size, stride)


def _tap_by_tap(workers: Workers, dy: np.ndarray, w: np.ndarray, size: tuple[int, int], stride: int) -> np.ndarray:
    (N, P, Q, K), (R, S, C, _) = dy.shape, w.shape
    dx, taps = workers.empty((N, *size, C), dy.dtype), np.ascontiguousarray(w.transpose(0, 1, 3, 2))
    tasks = shares(N, dy.size * R * S * C)
    at_a_time = INPUT_GRAD_BYTES // ((P * Q * (K + C) + prod(size) * C) * dy.itemsize)

    def task(i: int) -> None:
        for images in portions(tasks[i], at_a_time):
            part, rows = dx[images], dy[images].reshape(-1, K)
            product = workers.scratch("product", (S, len(part), P, Q, C), dy.dtype)
            block = block_of(len(rows), SMALL_MACS // (K * C), 32)
            part.fill(0)
            for r in range(R):
                np.matmul(rows.reshape(-1, block, K), taps[r, :, None], out=product.reshape(S, -1, block, C))
                for s in range(S):
                    target = part[:, r : r + stride * P : stride, s : s + stride * Q : stride]
                    np.add(target, product[s], out=target)

    workers.run(task, len(tasks))
    return dx


def _row_by_row(workers: Workers, dy: np.ndarray, w: np.ndarray, size: tuple[int, int], stride: int) -> np.ndarray:
    """The pixels stride * j + b of a row of dx, for all b < stride at once, see the same `steps` pixels of dy: those
    from j - steps + 1 to j. So a row of dx is a convolution of stride 1 of a padded row of dy; there is one for each
    filter row, and they are added where their rows of dx overlap.
    """
    (N, P, Q, K), (R, S, C, _) = dy.shape, w.shape
    (H, W), steps = size, -(-S // stride)
    J = Q + steps - 1
    taps = np.zeros((R, steps * stride, C, K), dy.dtype)
    taps[:, :S] = w
    taps = taps.reshape(R, steps, stride, C, K)[:, ::-1]  # pixel j - steps + 1 + t meets the taps of steps - 1 - t
    taps = np.ascontiguousarray(taps.transpose(0, 1, 4, 2, 3)).reshape(R, steps, K, stride * C)
    group = group_of(J, stride * C, steps, 1)
    filters = widen(taps, group, 1).reshape(R, -1, group * stride * C)

    dx = workers.empty((N, H, W * C), dy.dtype)
    used = min(J * stride, W) * C  # beyond, either J's last columns are padding or no window reaches the pixels
    tasks = shares(N, dy.size * R * S * C)
    at_a_time = INPUT_GRAD_BYTES // (P * J // group * filters.shape[1] * dy.itemsize)

    def task(i: int) -> None:
        for images in portions(tasks[i], at_a_time):
            part, n = dx[images], images.stop - images.start
            padded = workers.scratch("padded", (n, P, J + steps - 1, K), dy.dtype)
            padded[:, :, : steps - 1] = 0
            padded[:, :, steps - 1 : J] = dy[images]
            padded[:, :, J:] = 0
            columns = workers.scratch("columns", (n * P, J // group, filters.shape[1]), dy.dtype)
            row, pixel, number = padded.strides[1:]
            np.copyto(columns, view(padded, columns.shape, (row, group * pixel, number)))
            product = workers.scratch("product", (n, P, J * stride * C), dy.dtype)
            part.fill(0)
            for r in range(R):
                multiply(columns.reshape(-1, filters.shape[1]), filters[r], product.reshape(-1, filters.shape[2]))
                target = part[:, r : r + stride * P : stride, :used]
                np.add(target, product[:, :, :used], out=target)

    workers.run(task, len(tasks))
    return dx.reshape(N, H, W, C)
