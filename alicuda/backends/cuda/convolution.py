"""The three directions of a convolution: launches `conv2d.cu`, `conv2d_input_grad.cu` and `conv2d_weight_grad.cu`."""

from __future__ import annotations

from typing import Any, NamedTuple

from alicuda.backends.cuda.memory import aligned
from alicuda.backends.cuda.tiles import TILES, Direction, Plan, Shape, plan


def floats_at_once(shape: Shape) -> int:
    return 4 if shape.C % 4 == 0 and shape.K % 4 == 0 else 1


class Launched(NamedTuple):
    """How a convolution is launched: its plan, the `#define`s, and the numbers that follow the arrays as arguments."""

    plan: Plan
    defines: dict[str, int]
    numbers: tuple[int, ...]


def launched(direction: Direction, shape: Shape, aligned: bool = True) -> Launched:
    """Of a shape alone, and of whether its operands may be read 16 bytes at a time."""
    shape = shape.as_matrix() or shape
    vector = floats_at_once(shape) if aligned else 1
    chosen = plan(direction, shape, TILES[vector])
    N, H, W, C, R, S, K, P, Q, stride = shape
    numbers = (N, H, W, C, R, S, K, P, Q, stride, chosen.splits)
    return Launched(chosen, chosen.tile.defines | {"VECTOR": vector}, numbers)


def planned(direction: Direction, shape: Shape) -> Plan:
    """How a convolution of aligned arrays is planned."""
    return launched(direction, shape).plan


class Convolution:
    device: Any
    _add_up: Any
    _empty: Any
    copy_into: Any

    def conv2d(self, x: Any, w: Any, stride: int) -> Any:
        (N, H, W, C), (R, S, _, K) = x.shape, w.shape
        shape = Shape(N, H, W, C, R, S, K, (H - R) // stride + 1, (W - S) // stride + 1, stride)
        return self._convolve("forward", "conv2d", shape, x, w, (N, shape.P, shape.Q, K))

    def conv2d_input_grad(self, dy: Any, w: Any, size: tuple[int, int], stride: int) -> Any:
        (N, P, Q, K), (R, S, C, _), (H, W) = dy.shape, w.shape, size
        shape = Shape(N, H, W, C, R, S, K, P, Q, stride)
        return self._convolve("input_grad", "conv2d_input_grad", shape, dy, w, (N, H, W, C))

    def conv2d_weight_grad(self, x: Any, dy: Any, taps: tuple[int, int], stride: int) -> Any:
        (N, H, W, C), (_, P, Q, K), (R, S) = x.shape, dy.shape, taps
        shape = Shape(N, H, W, C, R, S, K, P, Q, stride)
        return self._convolve("weight_grad", "conv2d_weight_grad", shape, x, dy, (R, S, C, K))

    def _convolve(self, direction: Direction, kernel: str, shape: Shape, a: Any, b: Any, out: tuple[int, ...]) -> Any:
        """Launch on the two operands; with the depth split, add up what the splits have made."""
        shape = shape.as_matrix() or shape
        (tile, splits, grid, _), defines, numbers = launched(direction, shape, aligned(a) and aligned(b))
        result = self._empty((splits, *out))
        if direction == "input_grad" and shape.stride > min(shape.R, shape.S):
            self.copy_into(result, 0.0)  # pixels between the taps' reach, which no block writes
        self.device.launch(f"{kernel}.cu", kernel, grid, tile.threads, (a, b, result, *numbers), defines)
        return self._add_up(result.reshape((splits, -1))).reshape(out)
