"""The convolutions of ALI's SVHN step on a GPU, in each direction: ours beside cuDNN in float32, through PyTorch.

cuDNN gets what suits it: both memory formats are tried, each with the algorithm that `cudnn.benchmark` finds fastest,
and the faster one counts. TF32 is off, since we compute in float32. Before anything is timed the results must agree.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import asdict
from typing import Any

import numpy as np

from alicuda.backends.cuda.convolution import planned
from alicuda.backends.cuda.tiles import Shape
from alicuda.bench_conv import DIRECTIONS, arrays, calls
from alicuda.models.ali import networks
from alicuda.models.cost import convolutions
from alicuda.models.experiments import default_options
from alicuda.tolerances import worst_error
from benchmarks.gpu_timing import Stopwatch

# Three shapes do 72 % of the forward pass's multiply-adds; by the layers of G1 that have them. Nine figures with the
# directions; the aim is half of cuDNN's speed in their geometric mean, and none under 0.35.
HOT = ("g1 3", "g1 2", "g1 5")


def shapes() -> dict[Shape, str]:
    """Each shape of the official SVHN step, once, with the layers that have it."""
    options = default_options("svhn")
    found: dict[Shape, list[str]] = {}
    for layer, _, shape in convolutions(networks("svhn", options), options.batch_size):
        found.setdefault(shape, []).append(layer)
    return {shape: ", ".join(layers) for shape, layers in found.items()}


def torches(
    torch: Any, memory: Any, shape: Shape, x: np.ndarray, w: np.ndarray, dy: np.ndarray, device: str = "cuda"
) -> dict[str, Callable[[], Any]]:
    """The three directions in PyTorch, on copies of NHWC and RSCK arrays in a memory format of its own."""
    x, dy = (torch.from_numpy(a).permute(0, 3, 1, 2).to(device).contiguous(memory_format=memory) for a in (x, dy))
    w = torch.from_numpy(w).permute(3, 2, 0, 1).to(device).contiguous(memory_format=memory)
    stride = [shape.stride] * 2

    def backward(i: int) -> Any:
        mask = [i == 0, i == 1, False]
        args = (dy, x, w, None, stride, [0, 0], [1, 1], False, [0, 0], 1, mask)
        return torch.ops.aten.convolution_backward(*args)[i]

    return {
        "forward": lambda: torch.nn.functional.conv2d(x, w, stride=stride),
        "input_grad": lambda: backward(0),
        "weight_grad": lambda: backward(1),
    }


def in_our_order(direction: str, result: Any) -> np.ndarray:
    """A result of PyTorch as an NHWC or RSCK array."""
    order = (2, 3, 1, 0) if direction == "weight_grad" else (0, 2, 3, 1)
    array: np.ndarray = result.permute(*order).cpu().numpy()
    return array


def terms(direction: str, s: Shape) -> int:
    """How many products are added up for one element."""
    return {"forward": s.R * s.S * s.C, "input_grad": s.R * s.S * s.K, "weight_grad": s.N * s.P * s.Q}[direction]


def check(backend: Any, torch: Any, shape: Shape, device: str = "cuda") -> None:
    """AssertionError unless ours and PyTorch's results agree."""
    x, w, dy = arrays(shape)
    mine = calls(backend, shape, *map(backend.asarray, (x, w, dy)))
    theirs = torches(torch, torch.contiguous_format, shape, x, w, dy, device)
    for direction in DIRECTIONS:
        result = backend.to_numpy(mine[direction]())
        error = worst_error(result, in_our_order(direction, theirs[direction]()), np.float32, terms(direction, shape))
        assert error <= 1, f"{direction} of {shape}: {error:.2g} times the error that is allowed"


def measure(backend: Any, torch: Any, repeats: int, peak_tflops: float | None) -> list[dict[str, Any]]:
    """A row for each shape and direction, milliseconds and what follows from them."""
    torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.benchmark = True
    stopwatch, rows = Stopwatch(repeats), []
    for shape, layers in shapes().items():
        check(backend, torch, shape)
        x, w, dy = arrays(shape)
        mine = calls(backend, shape, *map(backend.asarray, (x, w, dy)))
        formats = {name: torches(torch, getattr(torch, name), shape, x, w, dy) for name in
                   ("contiguous_format", "channels_last")}  # fmt: skip
        for direction in DIRECTIONS:
            us = stopwatch(mine[direction])
            them = {name: stopwatch(calls[direction]) for name, calls in formats.items()}
            best = min(them, key=lambda name, them=them: them[name].median)
            plan, gflops = planned(direction, shape), 2 * shape.macs / us.median / 1e6
            rows.append({
                "layers": layers, "direction": direction, **shape._asdict(), "macs": shape.macs,
                "tile": [plan.tile.BM, plan.tile.BN], "splits": plan.splits,
                "executed_over_needed": plan.executed / shape.macs,
                "ours_ms": asdict(us), "cudnn_ms": asdict(them[best]), "cudnn_format": best,
                "ratio": them[best].median / us.median,
                "gflops": gflops, "share_of_peak": peak_tflops and gflops / 1e3 / peak_tflops,
            })  # fmt: skip
    return rows


def hot(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows of the three shapes that do most of the work."""
    return [row for row in rows if set(HOT) & set(row["layers"].split(", "))]


def geometric_mean(rows: Iterable[dict[str, Any]]) -> float:
    """Of how fast we are beside cuDNN: 0.5 is half as fast."""
    ratios = [row["ratio"] for row in rows]
    return math.exp(sum(map(math.log, ratios)) / len(ratios))


def table(rows: Iterable[dict[str, Any]]) -> str:
    head = f"{'layers':<28}{'direction':<13}{'ours ms':>9}{'cuDNN ms':>10}{'ratio':>7}{'GFLOP/s':>9}{'of peak':>9}"
    lines = [head]
    for row in rows:
        share = "" if row["share_of_peak"] is None else f"{row['share_of_peak']:.0%}"
        lines.append(
            f"{row['layers']:<28}{row['direction']:<13}{row['ours_ms']['median']:>9.4f}{row['cudnn_ms']['median']:>10.4f}"
            f"{row['ratio']:>7.2f}{row['gflops']:>9.0f}{share:>9}"
        )
    return "\n".join(lines)
