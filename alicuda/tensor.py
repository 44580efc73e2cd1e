r"""Reverse-mode automatic differentiation, from top to bottom.

A program computes a number from other numbers in many small steps. Each step knows its own derivative; the chain rule
multiplies them. Two things make that practical:

1.  While the program runs forward we write down what was done: every result remembers the op that made it, the
    tensors it was made from, and a function that carries a *cotangent* (the derivative of the final number with
    respect to this result) back to those inputs. That record is `Node`; the tensors and their nodes form a graph.

2.  Afterwards `grad` walks the graph from the end to the beginning once, handing each node the cotangent of its
    result and adding up what the node hands back.

Order matters. In this diamond

          a                b = 2 * a
        /   \              c = 3 * a
       b     c             d = b * c
        \   /
          d

`a` receives a cotangent from b *and* one from c. Were we to visit a as soon as b is done, we would pass on half of the
answer. So nodes are visited in reverse topological order: a node only after everything that was computed from it.

    >>> a = Tensor(5.0, requires_grad=True)
    >>> b, c = 2 * a, 3 * a
    >>> grad(b * c, a).item()                  # d = 6 a**2, so 12 a
    60.0

This file knows nothing of any particular op (those are in `ops/`) nor of any particular array (those are in
`backends/`). Source: Griewank and Walther, "Evaluating Derivatives", 2nd ed. 2008, chapter 3.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from alicuda import backends

Backward = Callable[[Any, Sequence[bool]], Sequence[Any]]


class Node:
    """How a tensor was made.

    `backward(dy, wanted)` takes the cotangent of the result, and for each input whether its cotangent is wanted; it
    returns one cotangent per input, None where it is not wanted. It is None once the graph has been freed.
    """

    __slots__ = ("backward", "inputs", "name")

    def __init__(self, name: str, inputs: Sequence[Tensor], backward: Backward):
        self.name, self.inputs = name, tuple(inputs)
        self.backward: Backward | None = backward


class Tensor:
    """A backend's array, and the op that made it.

    `array`: numbers that NumPy understands, or an array of the current backend. float32 and float64 stay what they
    are, other numbers become float32; so does float64 on `cuda` and `emulator`, which compute in float32. A NumPy array
    of the right type is not copied: leave it alone until gradients are taken. `requires_grad`: record what is computed
    from it. ValueError for what is not real numbers.
    """

    __slots__ = ("__weakref__", "array", "backend", "node", "requires_grad")
    __array_ufunc__ = None  # so that `numpy_array * tensor` asks the tensor, not NumPy

    def __init__(self, array: Any, requires_grad: bool = False):
        self.backend = backends.current()
        array = real_numbers("Tensor", array)
        wide = array.dtype.kind == "f" and array.dtype.itemsize >= 8  # in either byte order
        self.array = self.backend.asarray(array, np.float64 if wide else np.float32)
        self.requires_grad = requires_grad
        self.node: Node | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(self.array.shape)

    @property
    def dtype(self) -> np.dtype:
        return self.array.dtype

    @property
    def size(self) -> int:
        return int(np.prod(self.shape))

    @property
    def ndim(self) -> int:
        return len(self.shape)

    def numpy(self) -> np.ndarray:
        """The values as a NumPy array. On a device this waits and copies; on the CPU it is the array itself."""
        return self.backend.to_numpy(self.array)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.array(self.numpy(), dtype, copy=copy)

    def item(self) -> float:
        """The value of a tensor with one element. ValueError if it has more."""
        if self.size != 1:
            raise ValueError(f"item: needs a tensor with one element, not one of shape {self.shape}")
        return float(self.numpy().reshape(()))

    def detach(self) -> Tensor:
        """The same array with no memory of how it was made."""
        return wrap(self.array, self.backend)

    if TYPE_CHECKING:  # attached by ops/__init__.py, which this file does not import

        def _binary(self, other: Any) -> Tensor: ...
        def _reduction(self, axis: Any = None) -> Tensor: ...
        def __neg__(self) -> Tensor: ...
        def reshape(self, *shape: Any) -> Tensor: ...

        __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _binary
        __truediv__ = __rtruediv__ = __pow__ = _binary
        sum = mean = _reduction

    def __repr__(self) -> str:
        made_by = f", made by {self.node.name}" if self.node else ", requires_grad" if self.requires_grad else ""
        return f"Tensor({np.array2string(self.numpy(), precision=4, threshold=20)}, {self.dtype}{made_by})"


def real_numbers(op: str, array: Any) -> Any:
    """`array` with a dtype; Python's numbers count as float32. ValueError that names `op` for anything else."""
    if not hasattr(array, "dtype"):
        array = np.asarray(array)
        array = array.astype(np.float32) if array.dtype == np.float64 else array
    if isinstance(array, Tensor) or array.dtype.kind not in "buif":
        raise ValueError(f"{op}: an array of real numbers is needed, not {type(array).__name__} of {array.dtype}")
    return array


def wrap(array: Any, backend: Any) -> Tensor:
    """A tensor around an array that already lives on `backend`; nothing is copied."""
    tensor = Tensor.__new__(Tensor)
    tensor.array, tensor.backend, tensor.requires_grad, tensor.node = array, backend, False, None
    return tensor


# -- 1. Forward: write down what was done ---------------------------------------------------------------------------

_recording = True


@contextmanager
def no_grad() -> Iterator[None]:
    """Within this block nothing is written down: less memory, no gradients."""
    global _recording
    before, _recording = _recording, False
    try:
        yield
    finally:
        _recording = before


def record(name: str, array: Any, inputs: Sequence[Tensor], backward: Backward) -> Tensor:
    """Every op ends here: `array` was computed from `inputs` by the op `name`, and `backward` is its chain rule."""
    result = wrap(array, inputs[0].backend)
    if _recording and any(tensor.requires_grad for tensor in inputs):
        result.requires_grad = True
        result.node = Node(name, inputs, backward)
    return result


# -- 2. Backward: the chain rule, from the end to the beginning ------------------------------------------------------


def topological_order(outputs: Sequence[Tensor]) -> list[Tensor]:
    """The tensors that `outputs` were computed from, each after all of its own inputs.

    Depth-first with a stack of our own: Python's would overflow on a graph a thousand ops deep.
    """
    order: list[Tensor] = []
    seen: set[int] = set()
    stack = [(tensor, False) for tensor in outputs]
    while stack:
        tensor, inputs_done = stack.pop()
        if inputs_done:
            order.append(tensor)
        elif id(tensor) not in seen:
            seen.add(id(tensor))
            stack.append((tensor, True))
            stack.extend((parent, False) for parent in (tensor.node.inputs if tensor.node else ()))
    return order


class Path(NamedTuple):
    """What lies between the outputs and the requested inputs: `order`, and the ids of those tensors."""

    order: list[Tensor]
    ids: set[int]


def path_between(outputs: Sequence[Tensor], inputs: Sequence[Tensor]) -> Path:
    """Only these are visited: the gradient of D's loss with respect to D's parameters never enters G."""
    ids = {id(tensor) for tensor in inputs}
    order = []
    for tensor in topological_order(outputs):
        leads_to_input = tensor.node is not None and any(id(parent) in ids for parent in tensor.node.inputs)
        if leads_to_input:
            ids.add(id(tensor))
        if id(tensor) in ids:
            order.append(tensor)
    return Path(order, ids)


def grad(outputs: Any, inputs: Any, retain_graph: bool = False) -> Any:
    """The derivative of the sum of `outputs` with respect to each of `inputs`.

    `outputs`: a tensor with one element, or a list of them. `inputs`: a tensor or a list; back comes a tensor or a
    list, each of its input's shape and dtype. Nodes that were visited give up their `backward` and what it saved,
    unless `retain_graph`.

    ValueError: an output has more than one element, or an input had no part in the outputs. RuntimeError: a node that
    must be visited has been freed. After an error the graph is as it was.
    """
    single = isinstance(inputs, Tensor)
    outputs = [outputs] if isinstance(outputs, Tensor) else list(outputs)
    inputs = [inputs] if single else list(inputs)
    path = path_between(outputs, inputs)
    _check(outputs, inputs, path)

    requested = {id(tensor) for tensor in inputs}
    cotangents: dict[int, Any] = {}

    def add_cotangent(tensor: Tensor, array: Any) -> None:
        so_far = cotangents.get(id(tensor))
        cotangents[id(tensor)] = array if so_far is None else tensor.backend.add(so_far, array)

    for output in outputs:
        add_cotangent(output, output.backend.full(output.shape, 1.0, output.dtype))

    for tensor in reversed(path.order):
        node = tensor.node
        wanted = [id(parent) in path.ids for parent in node.inputs] if node else []
        if node is None or node.backward is None or not any(wanted):
            continue
        # Once handed on, a cotangent as large as an activation is of no more use, unless somebody asked for it.
        dy = cotangents[id(tensor)] if id(tensor) in requested else cotangents.pop(id(tensor))
        for parent, is_wanted, array in zip(node.inputs, wanted, node.backward(dy, wanted), strict=True):
            if is_wanted:
                add_cotangent(parent, array)
        if not retain_graph:
            node.backward = None

    gradients = [wrap(cotangents[id(tensor)], tensor.backend) for tensor in inputs]
    return gradients[0] if single else gradients


def _check(outputs: Sequence[Tensor], inputs: Sequence[Tensor], path: Path) -> None:
    """The errors of `grad`, before anything is visited."""
    for output in outputs:
        if output.size != 1:
            raise ValueError(f"grad: an output must have one element, not shape {output.shape}; take its .sum() first")
    reached = {id(tensor) for tensor in path.order}
    for i, tensor in enumerate(inputs):
        if id(tensor) not in reached:
            why = "had no part in computing the outputs" if tensor.requires_grad else "was made without requires_grad"
            raise ValueError(f"grad: inputs[{i}] of shape {tensor.shape} {why}")
    for tensor in path.order:
        node = tensor.node
        if node and node.backward is None and any(id(parent) in path.ids for parent in node.inputs):
            raise RuntimeError(
                f"grad: the graph behind {node.name!r} was freed by an earlier grad(); "
                "pass retain_graph=True there to use it again"
            )
