"""python -m alicuda.bench step|conv|emulator [...]: how long things take here.

step        one training step of an experiment, as a preset has it, on random pictures
conv        each of its convolutions, in each direction (bench_conv.py)
ladder      each step of a ladder: what it does to memory, and on a GPU how fast it is (bench_ladder.py)
emulator    the emulator itself: a matrix product, launches, threads (bench_emulator.py)

Each takes --help. Told is the median over the repeats, after calls that warm up; of the emulator, the best.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from dataclasses import replace
from datetime import datetime
from typing import Any

import numpy as np
from tqdm import trange

from alicuda import bench_conv, bench_emulator, bench_ladder, cli, machine, philox
from alicuda.models.ali import ALI
from alicuda.models.cost import step_flops
from alicuda.models.experiments import default_options
from alicuda.philox import Rng
from alicuda.training import presets, simulated
from alicuda.training.step import TrainingStep

WARM_UP = 2  # steps that are not timed: memory is paged in, threads start


def parser() -> argparse.ArgumentParser:
    p = cli.parser("bench", "Measure how long things take on this machine.")
    kinds = p.add_subparsers(dest="what", required=True, metavar="WHAT", help="what to measure; WHAT --help tells more")
    step = kinds.add_parser("step", help="one training step", description="Time one training step of an experiment.")
    cli.add_backend(step)
    step.add_argument("--experiment", default="svhn", metavar="NAME", help="whose nets (default: svhn)")
    step.add_argument("--preset", default="paper", metavar="NAME",
                      help="quick, or paper (default): the official configuration")  # fmt: skip
    step.add_argument("--batch-size", type=cli.at_least(1), metavar="N", help="pictures a step (default: the preset's)")
    step.add_argument("--repeats", type=cli.at_least(1), default=5, metavar="N", help="timed steps (default: 5)")
    step.add_argument("--json", action="store_true", help="print one JSON object on stdout")
    step.set_defaults(measure=bench_step, tell=tell_step)
    bench_conv.add_parser(kinds)
    bench_ladder.add_parser(kinds)
    bench_emulator.add_parser(kinds)
    return p


def main(argv: list[str] | None = None) -> int:
    args = parser().parse_args(argv)
    figures = args.measure(args)
    if figures is None:
        return cli.FAILED
    if args.json:
        cli.print_json(figures)
    else:
        args.tell(figures)
    return cli.DONE


def bench_step(args: argparse.Namespace) -> dict[str, Any] | None:
    options = default_options(args.experiment)
    options = replace(options, **presets.get(args.preset, args.experiment).options)
    options = replace(options, batch_size=args.batch_size or options.batch_size)
    backend = cli.use_backend(args.backend, warns=False)
    if cli.simulated(backend):
        simulated.refuse_long_steps(args.experiment, options)
    model = ALI(args.experiment, options)
    training = TrainingStep(model, model.seed, 1)
    x = _random_pictures(backend, (options.batch_size, *model.shape))
    seconds = []
    for i in trange(WARM_UP + args.repeats, unit=" steps", disable=None, leave=False, file=sys.stderr):
        started = time.perf_counter()
        training.run(x)
        training.read_step()  # waits for the device
        if i >= WARM_UP:
            seconds.append(time.perf_counter() - started)
    if not training.healthy():  # Adam has then stood still, so that the times mean nothing
        check = f"python -m alicuda.gradcheck --backend {backend.name}"
        cli.warn(f"alicuda: a loss was not finite, so no time is told; {check} may show why")
        return None
    median = statistics.median(seconds)
    gflop = step_flops(model.networks, options.batch_size) / 1e9
    return {
        "what": "step",
        "experiment": args.experiment,
        "preset": args.preset,
        "batch_size": options.batch_size,
        "backend": backend.name,
        "runs_on": cli.runs_on(backend),
        "seconds_per_step": median,
        "seconds_per_step_min": min(seconds),
        "repeats": args.repeats,
        "gflop_per_step": gflop,
        "gflops": gflop / median,
        "parameters": sum(player.size for player in model.players.values()),
        "machine": machine.describe(),
        "versions": machine.versions(),
        "commit": machine.commit(),
        "date": datetime.now().astimezone().isoformat(timespec="seconds"),
    }


def _random_pictures(backend: Any, shape: tuple[int, ...]) -> np.ndarray:
    """Random pictures: a step costs the same whatever they show."""
    return backend.to_numpy(backend.uniform(shape, Rng(0, philox.PICTURES).draw(), np.float32))


def tell_step(f: dict[str, Any]) -> None:
    median, fastest = f["seconds_per_step"], f["seconds_per_step_min"]
    cli.say(f"one training step of {f['experiment']}, preset {f['preset']}: {f['parameters']:,} parameters, "
            f"batch {f['batch_size']}, backend {f['backend']} on {f['runs_on']}")  # fmt: skip
    cli.say(f"{median:.3g} s a step (median of {f['repeats']}; fastest {fastest:.3g} s), "
            f"{f['batch_size'] / median:,.0f} pictures/s")  # fmt: skip
    cli.say(f"{f['gflop_per_step']:.3g} GFLOP in its convolutions and matrix products: {f['gflops']:.3g} GFLOP/s")


if __name__ == "__main__":
    cli.run(main)
