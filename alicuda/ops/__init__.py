"""The differentiable ops, one a file: its formula, forward, backward, nothing else.

Importing this package attaches the operators to `Tensor`, so that `tensor.py` imports no op.
"""

from __future__ import annotations

from numbers import Real
from operator import index

from alicuda.ops import _check
from alicuda.ops.add import add
from alicuda.ops.affine import affine
from alicuda.ops.batch_norm import batch_norm, batch_norm_with_statistics
from alicuda.ops.batch_norm_leaky_relu import batch_norm_leaky_relu
from alicuda.ops.bias_add import bias_add
from alicuda.ops.broadcast_to import broadcast_to
from alicuda.ops.concat import concat
from alicuda.ops.conv2d import conv2d
from alicuda.ops.conv_transpose2d import conv_transpose2d
from alicuda.ops.dropout import dropout
from alicuda.ops.exp import exp
from alicuda.ops.gaussian_sample import gaussian_sample
from alicuda.ops.leaky_relu import leaky_relu
from alicuda.ops.maxout import maxout
from alicuda.ops.mean import mean
from alicuda.ops.mul import mul
from alicuda.ops.power import power
from alicuda.ops.reshape import reshape
from alicuda.ops.sigmoid import sigmoid
from alicuda.ops.softplus import softplus
from alicuda.ops.split import split
from alicuda.ops.sum import sum
from alicuda.tensor import Tensor

__all__ = [
    "add",
    "affine",
    "batch_norm",
    "batch_norm_leaky_relu",
    "batch_norm_with_statistics",
    "bias_add",
    "broadcast_to",
    "concat",
    "conv2d",
    "conv_transpose2d",
    "dropout",
    "exp",
    "gaussian_sample",
    "leaky_relu",
    "maxout",
    "mean",
    "mul",
    "power",
    "reshape",
    "sigmoid",
    "softplus",
    "split",
    "sum",
]


def _add(x, y):
    return affine(x, 1.0, float(y)) if isinstance(y, Real) else add(x, y)


def _mul(x, y):
    return affine(x, float(y), 0.0) if isinstance(y, Real) else mul(x, y)


def _power(x, p):
    if not isinstance(p, Real):
        raise ValueError(f"power: the exponent must be a number, not {type(p).__name__}")
    return power(x, float(p))


def _negative(x):
    return affine(x, -1.0, 0.0)


def _subtract(x, y):
    if isinstance(y, Real):
        return affine(x, 1.0, -float(y))
    x, y = _check.tensors("subtract", x=x, y=y)
    return add(x, _negative(y))


def _divide(x, y):
    if isinstance(y, Real) and y != 0:
        return affine(x, 1.0 / float(y), 0.0)
    x, y = _check.tensors("divide", x=x, y=y)
    return mul(x, power(y, -1.0))


def _shape(shape):
    return tuple(map(index, shape[0] if len(shape) == 1 and isinstance(shape[0], tuple | list) else shape))


OPERATORS = {
    "__add__": _add,
    "__radd__": _add,
    "__mul__": _mul,
    "__rmul__": _mul,
    "__neg__": _negative,
    "__sub__": _subtract,
    "__rsub__": lambda x, y: _add(_negative(x), y),
    "__truediv__": _divide,
    "__rtruediv__": lambda x, y: _mul(power(x, -1.0), y),
    "__pow__": _power,
    "sum": sum,
    "mean": mean,
    "reshape": lambda x, *shape: reshape(x, _shape(shape)),
}
for _name, _function in OPERATORS.items():
    setattr(Tensor, _name, _function)
