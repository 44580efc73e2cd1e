"""The table of primitives: what to call each with. Adding a primitive adds rows, which every backend is tested with.

Shapes are odd on purpose: nothing, one element, one less and one more than a warp, a last vector that is cut.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from alicuda.backends.numpy_ import NumPy
from alicuda.philox import Draw
from alicuda.tolerances import worst_error

ORACLE = NumPy()
DRAW = Draw(2**63 + 12345, 7, 3)


@dataclass(frozen=True)
class Case:
    """`call(backend, *arrays)` on standard normals of the given shapes.

    `length`: how many terms are added up for one element of a result; `exact`: nothing may be rounded differently;
    `positive`: the arrays are above 0.1.
    """

    primitive: str
    call: Callable[..., Any]
    shapes: tuple[tuple[int, ...], ...]
    length: int = 1
    exact: bool = False
    positive: bool = False

    def __str__(self) -> str:
        return f"{self.primitive}-{'-'.join('x'.join(map(str, shape)) or 'scalar' for shape in self.shapes)}"

    @property
    def size(self) -> int:
        return sum(map(prod, self.shapes))

    @property
    def tiny(self) -> bool:
        """Small enough for Numba's simulator, where a thread costs 0.1 ms. Where much is added up, threads are few."""
        return self.size <= (2000 if self.length > 1 else 600)

    def inputs(self) -> list[np.ndarray]:
        random = np.random.default_rng(self.size)
        drawn = [np.asarray(random.standard_normal(shape), np.float32) for shape in self.shapes]
        drawn = [np.abs(x) + np.float32(0.1) for x in drawn] if self.positive else drawn
        assert all(x.size < 2 or x.std() > 0 for x in drawn), "constant inputs would hide what goes to the wrong place"
        return drawn

    def check(self, backend: Any) -> None:
        """The backend's float32 results against the oracle's: in float64, or in float32 where they must be exact."""
        arrays = self.inputs()
        before = [x.copy() for x in arrays]
        results = several(self.call(backend, *map(backend.asarray, arrays)))
        wide = np.float32 if self.exact else np.float64
        references = several(self.call(ORACLE, *(x.astype(wide) for x in arrays)))
        assert all(map(np.array_equal, arrays, before)), "a primitive wrote into its argument"
        for result, reference in zip(map(backend.to_numpy, results), references, strict=True):
            assert result.shape == reference.shape, f"shape {result.shape}, not {reference.shape}"
            dtype = reference.dtype if self.exact else np.float32
            assert result.dtype == dtype, f"{result.dtype}, not {dtype}"
            assert np.isfinite(result).all(), "a result is not finite"
            if self.exact:
                wrong = int((result != reference).sum())
                assert wrong == 0, f"{wrong} of {result.size} elements are not the same bits"
            else:
                error = worst_error(result, reference, np.float32, self.length)
                assert error <= 1, f"{error:.3g} times the error that is allowed"


def several(results: Any) -> list[Any]:
    return list(results) if isinstance(results, tuple | list) else [results]


def fresh(backend: Any, x: Any) -> Any:
    """A copy of x, for primitives that write into their arguments."""
    y = backend.full(x.shape, 0.0, x.dtype)
    backend.copy_into(y, x)
    return y


FLAT = [(0,), (), (1,), (31,), (33,), (129,), (3, 43), (1025,), (5, 7, 11, 3)]


def elementwise() -> list[Case]:
    rows: list[tuple[str, int, Callable[..., Any], dict[str, bool]]] = [
        ("leaky_relu", 1, lambda b, x: b.leaky_relu(x, 0.02), {"exact": True}),
        ("leaky_relu_grad", 2, lambda b, dy, y: b.leaky_relu_grad(dy, y, 0.02), {}),
        ("sigmoid", 1, lambda b, x: b.sigmoid(x), {}),
        ("sigmoid_grad", 2, lambda b, dy, y: b.sigmoid_grad(dy, y), {}),
        ("softplus", 1, lambda b, x: b.softplus(x), {}),
        ("softplus_grad", 2, lambda b, dy, x: b.softplus_grad(dy, x), {}),
        ("exp", 1, lambda b, x: b.exp(x), {}),
        ("exp_grad", 2, lambda b, dy, y: b.exp_grad(dy, y), {}),
        ("add", 2, lambda b, x, y: b.add(x, y), {"exact": True}),
        ("mul", 2, lambda b, x, y: b.mul(x, y), {"exact": True}),
        ("affine", 1, lambda b, x: b.affine(x, -1.7, 0.3), {}),
        ("power", 1, lambda b, x: b.power(x, -1.0), {"positive": True}),
        ("power", 1, lambda b, x: b.power(x, 2.5), {"positive": True}),
        ("dropout", 1, lambda b, x: b.dropout(x, 0.3, DRAW)[0], {"exact": True}),
        ("dropout_grad", 2, _dropout_grad, {"exact": True}),
        ("gaussian_sample", 2, lambda b, mu, s: b.gaussian_sample(mu, s, DRAW, None)[0], {}),
        ("gaussian_sample", 3, lambda b, mu, s, eps: b.gaussian_sample(mu, s, None, eps), {}),
        ("gaussian_sample_grad", 3, _gaussian_sample_grad, {}),
        ("gaussian_sample_grad", 3, lambda b, dz, s, eps: b.gaussian_sample_grad(dz, s, None, eps), {}),
        ("normal", 1, lambda b, x: b.normal(x.shape, DRAW, x.dtype.type), {}),
        ("uniform", 1, lambda b, x: b.uniform(x.shape, DRAW, x.dtype.type), {"exact": True}),
        ("full", 1, lambda b, x: b.full(x.shape, 1.5, x.dtype), {"exact": True}),
        ("copy_into", 1, fresh, {"exact": True}),
        ("lerp", 2, _lerp, {}),
    ]
    return [Case(name, call, (shape,) * count, **how) for name, count, call, how in rows for shape in FLAT]


def _dropout_grad(b, x, dy):
    _, mask = b.dropout(x, 0.3, DRAW)
    return b.dropout_grad(dy, 0.3, DRAW, mask)


def _gaussian_sample_grad(b, mu, log_sigma, dz):
    _, noise = b.gaussian_sample(mu, log_sigma, DRAW, None)
    return b.gaussian_sample_grad(dz, log_sigma, DRAW, noise)


def _lerp(b, running, batch):
    running = fresh(b, running)
    b.lerp(running, batch, 0.05, b.full((1,), 1, np.int64))
    return running


def maxout() -> list[Case]:
    shapes = [
        ((1, 2), 2), ((33, 6), 2), ((5, 9), 3), ((3, 5, 7, 8), 4), ((31, 129), 129), ((7, 5), 1), ((137, 8), 4),
        ((0, 4), 2),
    ]  # fmt: skip
    return [
        case
        for x, pieces in shapes
        for y in [(*x[:-1], x[-1] // pieces)]
        for case in (
            Case("maxout", lambda b, x, p=pieces: b.maxout(x, p), (x,), exact=True),
            Case("maxout_grad", lambda b, dy, x, p=pieces: b.maxout_grad(dy, b.maxout(x, p)[1], p), (y, x), exact=True),
        )
    ]


def biases() -> list[Case]:
    shapes = [
        ((1, 1), 1), ((33, 7), 1), ((31, 32), 1), ((129, 1), 1), ((1, 129), 1), ((2, 3, 5, 12), 1), ((3, 5, 4, 9), 3),
        ((4, 3, 3, 140), 3), ((600, 33), 1), ((5000, 4), 1), ((0, 5), 1),
    ]  # fmt: skip
    return [
        case
        for x, ndim in shapes
        for b in [x[-ndim:]]
        for case in (
            Case("bias_add", lambda backend, x, b: backend.bias_add(x, b), (x, b), exact=True),
            Case("bias_grad", lambda backend, dy, s=b: backend.bias_grad(dy, s), (x,), prod(x[:-ndim])),
        )
    ]


def reductions() -> list[Case]:
    found = []
    for shape, axes in [
        ((), ()), ((1,), (0,)), ((129,), (0,)), ((33, 31), ()), ((33, 31), (0,)), ((33, 31), (1,)), ((33, 31), (0, 1)),
        ((5, 7, 11, 4), (0, 1, 2)), ((5, 7, 11, 4), (1, 2, 3)), ((5, 7, 11, 4), (0, 2)), ((5, 7, 11, 4), (1, 3)),
        ((5, 1, 11, 1), (1, 3)), ((1, 1, 1), (0, 2)), ((1, 5000), (1,)), ((5000, 1), (0,)), ((5000, 1), (1,)),
        ((70_000, 2), (1,)), ((2, 70_001), (1,)), ((3, 2100, 8), (1,)), ((3, 0, 2), (1,)), ((3, 0, 2), (0,)),
        ((9, 7, 8), (0, 2)), ((131, 3), (1,)), ((67, 2, 3), (1,)), ((2, 2100, 3), (1,)),
        ((2, 3, 2, 3, 2, 5), (0, 2, 4)),
    ]:  # fmt: skip
        length = prod(shape[axis] for axis in axes)
        found.append(Case(f"sum{axes}", lambda b, x, a=axes: b.sum(x, a), (shape,), length))
        if length:
            found.append(Case(f"mean{axes}", lambda b, x, a=axes: b.mean(x, a), (shape,), length))
    return found


def shapes() -> list[Case]:
    concats = [
        (((1,), (31,), (33,)), 0), (((3, 4), (5, 4)), 0), (((3, 4), (3, 8)), 1), (((3, 4), (3, 5), (3, 1)), 1),
        (((2, 3, 4), (2, 129, 4)), 1), (((2, 3, 5), (2, 3, 5)), -1), (((33, 1), (33, 1)), 1), (((5, 0), (5, 3)), 1),
        (((7, 2, 2),), 2), (((2, 3, 4),) * 5, 0),
    ]  # fmt: skip
    splits = [
        ((64,), (31, 33), 0), ((8, 4), (3, 5), 0), ((3, 12), (4, 8), 1), ((3, 10), (4, 5, 1), 1), ((33, 2), (1, 1), -1),
        ((2, 132, 4), (3, 129), 1), ((5, 7, 2), (7,), 1),
    ]  # fmt: skip
    repeats = [
        ((), (129,)), ((1,), (1,)), ((1,), (33, 31)), ((4,), (3, 5, 4)), ((7,), (3, 5, 7)), ((33, 1), (33, 31)),
        ((3, 1, 4), (3, 5, 4)), ((3, 1, 5, 1, 2), (3, 4, 5, 6, 2)), ((2, 1, 3, 1, 2, 1), (2, 3, 3, 2, 2, 5)),
        ((2, 1, 1, 3), (7, 2, 3, 5, 3)), ((5, 7), (5, 7)), ((5, 7), (1, 5, 7)), ((1, 3), (0, 3)), ((0, 1), (0, 4)),
        ((1, 8), (1000, 8)),
    ]  # fmt: skip
    return [
        *(Case("concat", lambda b, *xs, a=axis: b.concat(xs, a), parts, exact=True) for parts, axis in concats),
        *(Case("split", lambda b, x, s=sizes, a=axis: b.split(x, s, a), (x,), exact=True) for x, sizes, axis in splits),
        *(Case(f"broadcast_to{y}", lambda b, x, s=y: b.broadcast_to(x, s), (x,), exact=True) for x, y in repeats),
    ]


def adam() -> list[Case]:
    rows = [(0, 0.5, 0.999), (0, 0.0, 0.9), (1, 0.5, 0.999), (50_000, 0.9, 0.999), (0, 0.9999, 0.99999), (3, 0.0, 0.9)]
    return [
        Case(f"adam-step{step}-{beta1}-{beta2}", lambda *args, h=(step, beta1, beta2): _adam(h, *args), ((size,),) * 4)
        for step, beta1, beta2 in rows
        for size in (1, 31, 129, 1025)
    ]


def _adam(how, b, w, g, m, v):
    step, beta1, beta2 = how
    w, m, v = fresh(b, w), fresh(b, m), b.mul(v, v)  # a mean of squares is not negative
    b.adam(w, g, m, v, b.full((1,), step, np.int64), b.full((1,), 1, np.int64), 1e-2, beta1, beta2, 1e-8)
    return w, m, v


def batch_norms() -> list[Case]:
    rows: list[tuple[str, str, Callable[..., Any]]] = [  # x: of the image's shape, c: one number a channel
        ("batch_norm", "xcc", lambda b, *a: b.batch_norm(*a, 1e-4)),
        ("batch_norm_leaky_relu", "xcc", lambda b, *a: b.batch_norm_leaky_relu(*a, 1e-4, 0.02)),
        ("batch_norm_grad", "xxccc", lambda b, *a: b.batch_norm_grad(*a)),
        ("batch_norm_leaky_relu_grad", "xxxccc", lambda b, *a: b.batch_norm_leaky_relu_grad(*a, 0.02)),
    ]
    images = [
        (2, 1), (33, 7), (31, 8), (600, 7), (70, 140), (31, 37), (5, 129), (3, 5, 7, 4), (2, 3, 3, 64), (9, 10, 10, 33),
        (5000, 1), (2100, 12),
    ]  # fmt: skip
    return [
        Case(name, call, tuple(x if kind == "x" else x[-1:] for kind in kinds), prod(x[:-1]))
        for x in images
        for name, kinds, call in rows
    ]


def convolutions() -> list[Case]:
    """Every way to be ragged: channels that 4 divides and does not, strides that leave pixels over, filters as large as
    the image, of one tap, and smaller than the stride; many rows and few with a long depth."""
    found = []
    for N, H, W, C, R, S, K, stride in [
        (1, 1, 1, 1, 1, 1, 1, 1), (1, 9, 7, 3, 3, 2, 7, 1), (31, 8, 9, 5, 4, 4, 7, 2), (33, 4, 4, 16, 4, 4, 33, 1),
        (33, 6, 5, 31, 1, 1, 3, 1), (200, 3, 3, 4, 1, 1, 129, 1), (2, 9, 10, 2, 1, 1, 3, 2), (3, 11, 17, 2, 2, 3, 5, 4),
        (3, 12, 11, 1, 5, 3, 1, 3), (3, 12, 22, 1, 2, 8, 3, 2), (2, 9, 10, 8, 4, 4, 12, 2), (5, 12, 9, 20, 3, 5, 40, 3),
        (1, 13, 13, 64, 4, 4, 64, 1), (5, 16, 16, 3, 5, 5, 8, 1), (9, 10, 10, 32, 4, 4, 64, 2),
        (3, 1, 1, 300, 1, 1, 5, 1),
    ]:  # fmt: skip
        x, w, y = (N, H, W, C), (R, S, C, K), (N, (H - R) // stride + 1, (W - S) // stride + 1, K)
        how = {"size": (H, W), "taps": (R, S), "stride": stride}
        found += [
            Case("conv2d", _picked("conv2d", how, "stride"), (x, w), R * S * C),
            Case("conv2d_input_grad", _picked("conv2d_input_grad", how, "size", "stride"), (y, w), R * S * K),
            Case("conv2d_weight_grad", _picked("conv2d_weight_grad", how, "taps", "stride"), (x, y), prod(y[:-1])),
        ]
    return found


def _picked(primitive: str, how: dict[str, Any], *names: str) -> Callable[..., Any]:
    return lambda b, *arrays: getattr(b, primitive)(*arrays, *(how[name] for name in names))


CASES = [
    *elementwise(), *maxout(), *biases(), *reductions(), *shapes(), *adam(), *batch_norms(), *convolutions(),
]  # fmt: skip
