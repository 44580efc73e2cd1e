"""Mistakes in backward formulas, one or more for each op: what a file says, and what somebody might have written.

`red`: the rows of the table that must turn red, and no other. A mistake in an op is made on every backend alike, so
that only finite differences notice; one in the oracle also makes other backends differ from it.
"""

import importlib
import inspect
from dataclasses import dataclass

from alicuda.gradient_table import OPS

D, G = "ali_loss_d", "ali_loss_g"


@dataclass(frozen=True)
class Break:
    """In the module `alicuda.FILE`, `said` becomes `says`."""

    file: str
    said: str
    says: str
    red: tuple[str, ...]

    def __str__(self):
        return f"{self.file}: {self.says}"

    def make(self, monkeypatch):
        """Give the functions of the file the code that they would have; monkeypatch takes it back."""
        module = importlib.import_module(f"alicuda.{self.file}")
        source = inspect.getsource(module)
        assert source.count(self.said) == 1, f"{self.file} says {self.said!r} {source.count(self.said)} times"
        changed = {}
        exec(compile(source.replace(self.said, self.says), module.__file__, "exec"), changed)
        for name, function in _functions(module).items():
            holder, _, last = name.rpartition(".")
            new = getattr(changed[holder], last) if holder else changed[last]
            monkeypatch.setattr(function, "__code__", new.__code__)


def _functions(module):
    """Functions and methods that a module defines, by name."""
    found = {}
    for name, value in vars(module).items():
        if inspect.isfunction(value) and value.__module__ == module.__name__:
            found[name] = value
        elif inspect.isclass(value) and value.__module__ == module.__name__:
            methods = {key: method for key, method in vars(value).items() if inspect.isfunction(method)}
            found |= {f"{name}.{key}": method for key, method in methods.items()}
    return found


BREAKS = [
    # the stride forgotten
    Break("ops.conv2d", "conv2d_weight_grad(x.array, dy, w.shape[:2], stride)",
          "conv2d_weight_grad(x.array, dy, w.shape[:2], 1)", ("conv2d", D, G)),
    # image and cotangent not exchanged
    Break("ops.conv_transpose2d", "conv2d_weight_grad(dx, y.array, w.shape[:2], stride)",
          "conv2d_weight_grad(dx, backend.affine(y.array, -1.0, 0.0), w.shape[:2], stride)", ("conv_transpose2d", G)),
    # a cotangent of the wrong shape
    Break("ops.conv_transpose2d", "backend.conv2d(dx, w.array, stride)", "dx", ("conv_transpose2d", G)),
    # the filter turned round, as a mathematician's convolution would
    Break("backends.numpy_", "+= dy @ w[r, s].T", "+= dy @ w[-1 - r, -1 - s].T", ("conv2d", "conv_transpose2d", D, G)),
    # averaged over the batch
    Break("ops.bias_add", "backend.bias_grad(dy, b.shape)",
          "backend.affine(backend.bias_grad(dy, b.shape), 1 / dy.shape[0], 0.0)", ("bias_add", D, G)),
    # as if the batch did not move mean and variance
    Break("backends.numpy_", "(dy - dshift / M - x_hat * (dscale / M))", "dy",
          ("batch_norm", "batch_norm_leaky_relu", D, G)),
    Break("ops.batch_norm", "batch_norm_grad(dy, x.array, scale.array,", "batch_norm_grad(dy, x.array, shift.array,",
          ("batch_norm",)),
    # the leaky ReLU's sign taken before batch norm
    Break("ops.batch_norm_leaky_relu", "dy, x.array, y, scale.array", "dy, x.array, x.array, scale.array",
          ("batch_norm_leaky_relu", D, G)),
    Break("ops.leaky_relu", "leaky_relu_grad(dy, y, slope)", "leaky_relu_grad(dy, y, slope * slope)",
          ("leaky_relu", D, G)),
    # the cotangent goes to the winner's neighbour
    Break("backends.numpy_", "np.put_along_axis(dx, which[..., None].astype(np.intp)",
          "np.put_along_axis(dx, (which[..., None].astype(np.intp) + 1) % pieces", ("maxout", D, G)),
    # another mask than the forward pass had
    Break("ops.dropout", "backend.dropout_grad(dy, p, draw, mask)", "backend.dropout(dy, p, rng.draw())[0]",
          ("dropout", D, G)),
    # the noise forgotten
    Break("backends.numpy_", "return dz, dz * np.exp(log_sigma) * eps", "return dz, dz * np.exp(log_sigma)",
          ("gaussian_sample", G)),
    Break("backends.numpy_", "return dy * y * (1 - y)", "return dy * (1 - y)", ("sigmoid", G)),
    # of -x
    Break("ops.softplus", "softplus_grad(dy, x.array)", "softplus_grad(dy, backend.affine(x.array, -1.0, 0.0))",
          ("softplus", D, G)),
    # the chain rule forgotten
    Break("ops.exp", "(backend.exp_grad(dy, y),)", "(y,)", ("exp",)),
    Break("ops.exp", "(backend.exp_grad(dy, y),)", "(dy * float('nan'),)", ("exp",)),
    # one sign for both
    Break("ops.add", "(dz, dz)", "(dz, x.backend.affine(dz, -1.0, 0.0))", ("add", D, G)),
    # its own value, not the other's; of the second factor, since the checks themselves multiply by a cotangent, and the
    # case of `split` multiplies its pieces
    Break("ops.mul", "backend.mul(dz, x.array) if wanted[1]", "backend.mul(dz, y.array) if wanted[1]",
          ("mul", "split")),
    # the constant does not go away
    Break("ops.affine", "backend.affine(dy, a, 0.0)", "backend.affine(dy, a, b)", ("affine",)),
    Break("ops.affine", "backend.affine(dy, a, 0.0)", "dy", ("affine", D, G)),
    Break("ops.power", "backend.power(x.array, p - 1)", "backend.power(x.array, p)", ("power",)),
    # exchanged; pieces of different sizes are of the wrong shape then
    Break("ops.concat", "backend.split(dy, sizes, axis)", "backend.split(dy, sizes, axis)[::-1]", ("concat", D, G)),
    Break("ops.split", "dy if j == i else", "dy if j != i else", ("split", D, G)),
    # averaged; the checks themselves end in a sum, over nothing where the result is one number, as a loss is
    Break("ops.sum", "backend.reshape(dy, kept)", "backend.reshape(backend.affine(dy, 1 / x.size, 0.0), kept)",
          tuple(op for op in OPS if op not in (D, G))),
    Break("ops.mean", "backend.affine(dy, 1 / M, 0.0)", "dy", ("mean", D, G)),
    # not summed, but averaged; `add` and `mul` broadcast their arguments
    Break("ops.broadcast_to", "backend.sum(dy, repeated)", "backend.mean(dy, repeated)",
          ("broadcast_to", "add", "mul")),
    Break("ops.reshape", "(backend.reshape(dy, before),)", "(backend.reshape(backend.affine(dy, 2.0, 0.0), before),)",
          ("reshape", D, G)),
]  # fmt: skip
