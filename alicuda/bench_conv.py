"""What `python -m alicuda.bench conv` measures: each convolution of an experiment, in each of its three directions.

For the kernels of the `cuda` and `emulator` backends it also tells the tile that was chosen, and the multiply-adds that
the threads execute over those that are needed: beyond 1 is what tiles compute outside the matrix, and taps at borders.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import numpy as np
from tqdm import tqdm

from alicuda import cli, machine
from alicuda.backends.cuda.convolution import planned
from alicuda.backends.cuda.tiles import Direction, Shape
from alicuda.models.ali import networks
from alicuda.models.cost import convolutions
from alicuda.models.experiments import default_options

DIRECTIONS: tuple[Direction, ...] = ("forward", "input_grad", "weight_grad")


def add_parser(kinds: Any) -> None:
    conv = kinds.add_parser(
        "conv", help="each convolution of an experiment", description="Time each convolution, in each direction."
    )
    cli.add_backend(conv)
    conv.add_argument("--experiment", default="svhn", metavar="NAME", help="in its official configuration")
    conv.add_argument("--batch-size", type=cli.at_least(1), metavar="N", help="pictures a step (default: the official)")
    conv.add_argument("--repeats", type=cli.at_least(0), default=3, metavar="N",
                      help="timed calls of each (default: 3); 0: only count multiply-adds")  # fmt: skip
    conv.add_argument("--json", action="store_true", help="print one JSON object on stdout")
    conv.set_defaults(measure=measure, tell=tell)


def measure(args: argparse.Namespace) -> dict[str, Any]:
    options = default_options(args.experiment)
    batch_size = args.batch_size or options.batch_size
    backend = cli.use_backend(args.backend) if args.repeats else None
    rows = []
    found = convolutions(networks(args.experiment, options), batch_size)
    for layer, transposed, shape in tqdm(found, unit=" layers", disable=None, leave=False, file=sys.stderr):
        call = backend and calls(backend, shape, *map(backend.asarray, arrays(shape)))
        for direction in DIRECTIONS:
            plan = planned(direction, shape)
            row = {"layer": layer, "transposed": transposed, "direction": direction, **shape._asdict(),
                   "tile": [plan.tile.BM, plan.tile.BN, plan.tile.BK], "splits": plan.splits, "macs": shape.macs,
                   "executed_macs": plan.executed, "executed_over_needed": plan.executed / shape.macs}  # fmt: skip
            if call:
                seconds = timed(call[direction], backend, args.repeats)
                row |= {"seconds": seconds, "gflops": 2 * shape.macs / seconds / 1e9}
            rows.append(row)
    return {
        "what": "conv",
        "experiment": args.experiment,
        "batch_size": batch_size,
        "backend": backend and backend.name,
        "runs_on": backend and cli.runs_on(backend),
        "repeats": args.repeats,
        "convolutions": rows,
        "networks": _by_network(rows),
        "machine": machine.describe(),
        "commit": machine.commit(),
        "date": datetime.now().astimezone().isoformat(timespec="seconds"),
    }


def arrays(shape: Shape) -> list[np.ndarray]:
    """x, w and dy: random numbers."""
    N, H, W, C, R, S, K, P, Q, _ = shape
    random = np.random.default_rng(0)
    return [random.standard_normal(size, np.float32) for size in ((N, H, W, C), (R, S, C, K), (N, P, Q, K))]


def calls(backend: Any, shape: Shape, x: Any, w: Any, dy: Any) -> dict[Direction, Callable[[], Any]]:
    """The three directions on a backend's arrays, ready to be called."""
    return {
        "forward": lambda: backend.conv2d(x, w, shape.stride),
        "input_grad": lambda: backend.conv2d_input_grad(dy, w, (shape.H, shape.W), shape.stride),
        "weight_grad": lambda: backend.conv2d_weight_grad(x, dy, (shape.R, shape.S), shape.stride),
    }


def timed(function: Callable[[], Any], backend: Any, repeats: int) -> float:
    """The median seconds of a call, after one that warms up. To wait for a device, one number is read back."""
    seconds = []
    for i in range(1 + repeats):
        started = time.perf_counter()
        result = function()
        backend.to_numpy(result.reshape(-1)[:1])
        if i:
            seconds.append(time.perf_counter() - started)
    return statistics.median(seconds)


def _by_network(rows: list[dict[str, Any]]) -> dict[str, float]:
    """Executed over needed multiply-adds of each network, all directions together."""
    names = dict.fromkeys(row["layer"].split()[0] for row in rows)
    of = {name: [row for row in rows if row["layer"].split()[0] == name] for name in names}
    return {name: sum(r["executed_macs"] for r in of[name]) / sum(r["macs"] for r in of[name]) for name in names}


def tell(f: dict[str, Any]) -> None:
    where = f"backend {f['backend']} on {f['runs_on']}" if f["backend"] else "counted, not run"
    cli.say(f"the convolutions of {f['experiment']}, batch {f['batch_size']}; {where}")
    head = f"{'layer':<10} {'direction':<12} {'N':>4} {'HxWxC':>10} {'RxS':>5} {'PxQxK':>10}  {'tile':<9} {'splits':>6}"
    cli.say(f"{head} {'executed/needed':>15}" + (f" {'GFLOP/s':>8}" if f["backend"] else ""))
    for r in f["convolutions"]:
        tile = f"{r['tile'][0]}x{r['tile'][1]}"
        large, small = f"{r['H']}x{r['W']}x{r['C']}", f"{r['P']}x{r['Q']}x{r['K']}"
        taps = f"{r['R']}x{r['S']}" + (f"/{r['stride']}" if r["stride"] > 1 else "")
        speed = f" {r['gflops']:>8.2f}" if f["backend"] else ""
        cli.say(f"{r['layer']:<10} {r['direction']:<12} {r['N']:>4} {large:>10} {taps:>5} {small:>10}  {tile:<9} "
                f"{r['splits']:>6} {r['executed_over_needed']:>15.2f}{speed}")  # fmt: skip
    cli.say("executed over needed: " + ", ".join(f"{name} {ratio:.3f}" for name, ratio in f["networks"].items()))
