"""Layers with parameters, built from the rows of a table, and the flat buffers that their parameters live in."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from alicuda import ops, philox
from alicuda.philox import Draw, Rng
from alicuda.tensor import Tensor, wrap

ALIGNMENT = 64  # floats: every parameter of a flat buffer starts where a float4, and a whole cache line, may start


@dataclass(frozen=True)
class Row:
    """One layer: dropout on its input, op, bias, batch norm, dropout before the activation, activation.

    `op`: conv, tconv or linear; `taps` and `stride` as in conv2d (1 for linear); `out`: channels that the op makes,
    before maxout; `act`: leaky_relu, relu, sigmoid, linear, or maxout2, maxout5, ...; `bias`: none, tied (per channel)
    or untied (per output element); `drop` and `drop_act`: probabilities.
    """

    op: str
    taps: int
    stride: int
    out: int
    bn: bool
    act: str
    bias: str
    drop: float
    drop_act: float


class Layer:
    """A row with its shapes and parameters. `in_shape` and `out_shape` are those of one example: (H,W,C) or (C,)."""

    def __init__(self, row: Row, in_shape: tuple[int, ...], slope: float, eps: float):
        self.row, self.in_shape, self.slope, self.eps = row, in_shape, slope, eps
        C, K, R = in_shape[-1], row.out, row.taps
        if row.op == "linear":
            self.op_shape: tuple[int, ...] = (K,)
        elif row.op == "conv":
            self.op_shape = (*((extent - R) // row.stride + 1 for extent in in_shape[:2]), K)
        else:
            self.op_shape = (*((extent - 1) * row.stride + R for extent in in_shape[:2]), K)
        self.pieces = int(row.act.removeprefix("maxout")) if row.act.startswith("maxout") else 1
        self.out_shape = (*self.op_shape[:-1], K // self.pieces)

        # A transposed convolution has the filter of the convolution it transposes: (R,S, its own outputs, its inputs).
        self.shapes: dict[str, tuple[int, ...]] = {"w": (R, R, K, C) if row.op == "tconv" else (R, R, C, K)}
        if row.bias != "none":
            self.shapes["b"] = self.op_shape if row.bias == "untied" else (K,)
        if row.bn:
            self.shapes |= {"scale": (K,), "shift": (K,)}
        self.parameters: dict[str, Tensor] = {}
        self.running: dict[str, Any] = {}  # mean and standard deviation of batch norm, for inference
        # Mean and 1 / std of the newest training batches: two where a step runs D on real and fake pairs apart.
        self.batch_statistics: deque[tuple[Any, Any]] = deque(maxlen=2)

    @property
    def macs(self) -> int:
        """Multiply-adds of one example: each pixel on the op's small side meets each filter tap once."""
        small_side = self.in_shape if self.row.op == "tconv" else self.op_shape
        return prod(small_side[:-1]) * prod(self.shapes["w"])

    def __call__(self, x: Tensor, rng: Rng | None = None) -> Tensor:
        """With an rng the training graph (batch statistics, dropout), without one the inference graph."""
        row, p = self.row, self.parameters
        if rng is not None:
            x = ops.dropout(x, row.drop, rng)
        if row.op == "linear":
            x = ops.conv2d(x.reshape(-1, 1, 1, self.in_shape[-1]), p["w"]).reshape(-1, row.out)
        else:
            x = (ops.conv2d if row.op == "conv" else ops.conv_transpose2d)(x, p["w"], row.stride)
        if row.bias != "none":
            x = ops.bias_add(x, p["b"])
        slope = {"leaky_relu": self.slope, "relu": 0.0}.get(row.act)
        if row.bn and rng is not None:
            if slope is not None and not row.drop_act:
                x, mean, inv_std = ops.batch_norm_leaky_relu(x, p["scale"], p["shift"], self.eps, slope)
                self.batch_statistics.append((mean, inv_std))
                return x
            x, mean, inv_std = ops.batch_norm_with_statistics(x, p["scale"], p["shift"], self.eps)
            self.batch_statistics.append((mean, inv_std))
        elif row.bn:
            mean, std = (wrap(self.running[name], x.backend) for name in ("mean", "std"))
            gain = p["scale"] / std
            x = x * gain + (p["shift"] - mean * gain)
        if rng is not None:
            x = ops.dropout(x, row.drop_act, rng)
        if slope is not None:
            return ops.leaky_relu(x, slope)
        if self.pieces > 1:
            return ops.maxout(x, self.pieces)
        return ops.sigmoid(x) if row.act == "sigmoid" else x

    def update_running(self, rate: float, ok: Any) -> None:
        """running = (1 - rate) * running + rate * batch, for the mean and the standard deviation sqrt(var + eps).

        Once for each batch that has been seen since the last call.
        """
        backend = self.parameters["w"].backend
        while self.batch_statistics:
            mean, inv_std = self.batch_statistics.popleft()
            backend.lerp(self.running["mean"], mean, rate, ok)
            backend.lerp(self.running["std"], backend.power(inv_std, -1.0), rate, ok)


class Network:
    """Layers one after the other. With no rows it hands its input on."""

    def __init__(self, name: str, rows: Sequence[Row], in_shape: tuple[int, ...], slope: float, eps: float):
        self.name, self.in_shape = name, in_shape
        self.layers: list[Layer] = []
        for row in rows:
            self.layers.append(Layer(row, self.out_shape, slope, eps))

    @property
    def out_shape(self) -> tuple[int, ...]:
        return self.layers[-1].out_shape if self.layers else self.in_shape

    def __call__(self, x: Tensor, rng: Rng | None = None) -> Tensor:
        for layer in self.layers:
            x = layer(x, rng)
        return x


class Player:
    """The networks that one optimiser moves, and the flat buffers of everything they learn.

    `values`, `gradients`, `m`, `v`: one float each per parameter, in the same places; `running`: batch norm's running
    averages, which no optimiser moves. Each parameter starts on a multiple of 64 floats; the padding is zero and stays
    zero. The layers' parameters are views of `values`.
    """

    def __init__(self, networks: Sequence[Network], backend: Any, dtype: Any):
        self.layers = [(f"{net.name}.{i + 1}", layer) for net in networks for i, layer in enumerate(net.layers)]
        self.names = [f"{name}.{key}" for name, layer in self.layers for key in layer.shapes]
        shapes = [shape for _, layer in self.layers for shape in layer.shapes.values()]
        self.offsets, size = _layout(shapes)
        self.values, self.gradients, self.m, self.v = (backend.full((size,), 0.0, dtype) for _ in range(4))
        self.parameters = [
            wrap(backend.reshape(self.values[start : start + prod(shape)], shape), backend)
            for start, shape in zip(self.offsets, shapes, strict=True)
        ]
        named = iter(self.parameters)
        for _, layer in self.layers:
            layer.parameters = {key: next(named) for key in layer.shapes}
        for parameter in self.parameters:
            parameter.requires_grad = True

        normed = [layer for _, layer in self.layers if layer.row.bn]
        offsets, size = _layout([(layer.row.out,) for layer in normed for _ in range(2)])
        self.running = backend.full((size,), 0.0, dtype)
        for layer, mean, std in zip(normed, offsets[0::2], offsets[1::2], strict=True):
            K = layer.row.out
            layer.running = {"mean": self.running[mean : mean + K], "std": self.running[std : std + K]}
        self.backend = backend

    def initialise(self, seed: int, std: float, first_stream: int) -> None:
        """Weights N(0, std^2), biases 0, batch norm's scale 1 and shift 0, running mean 0 and deviation 1."""
        for i, (name, parameter) in enumerate(zip(self.names, self.parameters, strict=True)):
            key = name.rsplit(".", 1)[1]
            if key == "w":
                draw = Draw(seed, philox.INITIAL_WEIGHTS + first_stream + i, 0)
                noise = self.backend.normal(parameter.shape, draw, parameter.dtype.type)
                self.backend.copy_into(parameter.array, self.backend.affine(noise, std, 0.0))
            else:
                self.backend.copy_into(parameter.array, 1.0 if key == "scale" else 0.0)
        for _, layer in self.layers:
            if layer.row.bn:
                self.backend.copy_into(layer.running["mean"], 0.0)
                self.backend.copy_into(layer.running["std"], 1.0)

    def store(self, gradients: Sequence[Tensor]) -> None:
        """Copy one gradient per parameter into the flat buffer."""
        for start, gradient in zip(self.offsets, gradients, strict=True):
            place = self.gradients[start : start + gradient.size]
            self.backend.copy_into(place, self.backend.reshape(gradient.array, (-1,)))

    def update_running(self, rate: float, ok: Any) -> None:
        for _, layer in self.layers:
            layer.update_running(rate, ok)

    @property
    def size(self) -> int:
        """The number of parameters, padding not counted."""
        return sum(parameter.size for parameter in self.parameters)


def _layout(shapes: Sequence[tuple[int, ...]]) -> tuple[list[int], int]:
    """Where each array starts in a flat buffer, and how long the buffer is."""
    lengths = [-(-prod(shape) // ALIGNMENT) * ALIGNMENT for shape in shapes]
    starts = np.cumsum([0, *lengths])
    return [int(start) for start in starts[:-1]], int(starts[-1])
