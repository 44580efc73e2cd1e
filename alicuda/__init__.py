"""alicuda: how a GAN works, down to the GPU thread."""

from alicuda import models
from alicuda.backends import set_backend, use_backend
from alicuda.errors import InputError
from alicuda.ops import (
    batch_norm,
    bias_add,
    concat,
    conv2d,
    conv_transpose2d,
    dropout,
    exp,
    gaussian_sample,
    leaky_relu,
    maxout,
    sigmoid,
    softplus,
    split,
)
from alicuda.philox import Rng
from alicuda.tensor import Tensor, grad, no_grad
from alicuda.training.checkpoint import load

__version__ = "0.1.0"

__all__ = [
    "InputError",
    "Rng",
    "Tensor",
    "batch_norm",
    "bias_add",
    "concat",
    "conv2d",
    "conv_transpose2d",
    "dropout",
    "exp",
    "gaussian_sample",
    "grad",
    "leaky_relu",
    "load",
    "maxout",
    "models",
    "no_grad",
    "set_backend",
    "sigmoid",
    "softplus",
    "split",
    "use_backend",
]
