"""python -m alicuda.train svhn: train ALI, and leave pictures, curves and checkpoints in a run directory."""

from __future__ import annotations

import argparse
import shlex
import sys
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from alicuda import cli, machine
from alicuda.data import choose
from alicuda.data.pictures import Pictures
from alicuda.errors import InputError
from alicuda.models.ali import ALI, networks
from alicuda.models.cost import step_flops
from alicuda.models.experiments import default_options
from alicuda.models.options import Options, describe
from alicuda.training import checkpoint, presets, run_directory
from alicuda.training.loop import Outcome, Schedule, duration, train
from alicuda.training.step import TrainingStep

KINDS = ("svhn", "images")
NETS = {32: "svhn", 64: "celeba"}  # whose nets take pictures of that size
EXTRA_PICTURES = 531_131


def parser() -> argparse.ArgumentParser:
    p = cli.parser("train", "Train ALI. A run directory holds what it makes; --resume continues one.")
    p.add_argument("experiment", help=f"what to train on: {' or '.join(KINDS)}")
    cli.add_backend(p)
    p.add_argument("--preset", help="quick (default): minutes; paper: the official configuration")
    p.add_argument("--epochs", type=cli.at_least(1), metavar="N", help="passes over the pictures, from the start")
    p.add_argument("--steps", type=cli.at_least(1), metavar="N", help="training steps, from the start")
    p.add_argument("--batch-size", type=cli.at_least(1), metavar="N", help="pictures a step")
    p.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", dest="assignments",
                   help="an option of the model; --set help lists them all")  # fmt: skip
    p.add_argument("--seed", type=cli.at_least(0), metavar="N", help="of weights, noise and shuffling (default: 0)")
    p.add_argument("--data", type=Path, metavar="DIR", help="where the pictures are; nothing is downloaded then")
    p.add_argument("--size", type=int, choices=sorted(NETS), help="of your own pictures (default: 32)")
    p.add_argument("--no-fallback", action="store_true", help="fail where SVHN cannot be had, train on no other digits")
    p.add_argument("--out", type=Path, metavar="DIR", help="the run directory (default: runs/NAME-TIME)")
    p.add_argument("--resume", type=Path, metavar="DIR", help="continue this run directory")
    return p


def main(argv: list[str] | None = None) -> int:
    args = parser().parse_args(argv)
    if args.experiment not in KINDS:
        raise InputError(f"unknown experiment {args.experiment!r}: choose one of {', '.join(KINDS)}.")
    if args.assignments == ["help"]:
        preset = presets.get(args.preset or "quick", NETS[args.size or 32])
        cli.say(f"options of {args.experiment}, with the defaults of the official code, for --set NAME=VALUE:\n")
        cli.say(describe(default_options(NETS[args.size or 32])))
        if preset.options:
            cli.say("\nthe quick preset sets: " + " ".join(f"{k}={v}" for k, v in preset.options.items()))
        return cli.DONE
    if args.epochs and args.steps:
        raise InputError("give --steps or --epochs, not both.")
    if args.resume and args.out:
        raise InputError(f"--resume continues in {args.resume}: leave out --out.")
    backend = cli.use_backend(args.backend)
    config = _resumed(args) if args.resume else _new(args)

    data = choose.load(
        config["source"], Path(config["data"]) if config["data"] else None, config["size"],
        extra=config["options"]["train_split"] == "extra",
        fallback=not args.no_fallback and not args.resume, notice=cli.warn,
    )  # fmt: skip
    config["source"] = data.name
    options = Options(**config["options"])
    config["pictures"] = _same_pictures(config, data)
    steps_per_epoch = -(-len(data.train) // options.batch_size)
    epochs = args.epochs or (None if config["steps"] else options.epochs)
    total = epochs * steps_per_epoch if epochs else config["steps"]
    if args.resume and total < config["steps"]:
        raise InputError(f"the run in {args.resume} goes to step {config['steps']:,}; its total can only grow.")
    config["steps"] = total
    schedule = Schedule(total, *config["schedule"]) if config["schedule"] else Schedule.of(total)
    config["schedule"] = schedule[1:]

    model = ALI(config["experiment"], options, config["seed"])
    training = TrainingStep(model, config["seed"], schedule.log_every)
    if args.resume:
        run = args.resume
        newest = checkpoint.newest_whole(run)
        if newest:
            checkpoint.restore(training, newest)
        metrics = run_directory.rewind(run, training.read_step() if newest else -1)
        run_directory.write_config(run, config)
    else:
        name = "-".join(filter(None, [args.experiment, config["preset"], "synthetic" if data.name == "synthetic" else ""]))
        run = args.out or Path("runs") / f"{name}-{datetime.now():%Y%m%d-%H%M%S}"
        run_directory.create(run, config)
        metrics = []
    first = training.read_step()
    if not first and options.output_bias == "log_odds":
        model.set_output_bias(data.train[:500].mean(axis=0) / 255)

    device = f"{machine.cpu()}, {machine.cores()} cores"
    cli.say(f"backend {backend.name} on {device}")
    cli.say(f"preset {config['preset']}: {model.g.size + model.d_player.size:,} parameters, batch {options.batch_size}, "
            f"{total:,} steps ({total / steps_per_epoch:.1f} epochs)")  # fmt: skip
    cli.say(data.note)
    cli.say(f"run directory {run}" + (f", continued from step {first:,}" if args.resume else ""))
    if first == total:
        cli.say(f"the run is finished: it has done all {total:,} steps. A larger --steps or --epochs continues it.")
        return cli.DONE
    outcome = train(training, data, schedule, run, metrics, cli.say)
    return _report(args, config, run, outcome, step_flops(model.networks, options.batch_size))


def _new(args: argparse.Namespace) -> dict[str, Any]:
    """The config that the arguments of a new run ask for."""
    nets = NETS[args.size or 32] if args.experiment == "images" else "svhn"
    if args.size and args.experiment != "images":
        raise InputError("--size is for your own pictures: train images.")
    name = args.preset or "quick"
    preset = presets.get(name, nets)
    options = default_options(nets).with_assignments([f"{k}={v}" for k, v in preset.options.items()])
    options = options.with_assignments(args.assignments)
    if args.batch_size:
        options = options.with_assignments([f"batch_size={args.batch_size}"])
    epochs_set = any(assignment.startswith("epochs=") for assignment in args.assignments)
    return {
        "command": shlex.join(["python", "-m", "alicuda.train", *sys.argv[1:]]),
        "experiment": nets,
        "source": args.experiment,
        "data": str(args.data.resolve()) if args.data else None,
        "size": 64 if nets == "celeba" else 32,
        "preset": name,
        "options": asdict(options),
        "seed": args.seed or 0,
        "steps": args.steps or (None if args.epochs or epochs_set else preset.steps),
        "schedule": None,
        "pictures": None,
        "versions": machine.versions(),
        "machine": machine.describe(),
        "commit": machine.commit(),
        "time": {"started": datetime.now().astimezone().isoformat(timespec="seconds")},
    }


def _resumed(args: argparse.Namespace) -> dict[str, Any]:
    """The config of the run to continue. InputError that names the arguments which disagree with it."""
    config = run_directory.read_config(args.resume)
    stored = Options(**config["options"])
    given = {
        "experiment": (args.experiment, "svhn" if config["source"] == "synthetic" else config["source"]),
        "--preset": (args.preset, config["preset"]),
        "--seed": (args.seed, config["seed"]),
        "--size": (args.size, config["size"]),
        "--batch-size": (args.batch_size, stored.batch_size),
        "--set": (stored.with_assignments(args.assignments), stored),
    }
    differ = [name for name, (asked, has) in given.items() if asked is not None and asked != has]
    if differ:
        raise InputError(f"{', '.join(differ)} differ from what the run in {args.resume} was started with; leave out what "
                         "was given then.")  # fmt: skip
    if args.data:
        config["data"] = str(args.data.resolve())
    if args.steps:
        if args.steps < config["steps"]:
            raise InputError(f"the run in {args.resume} goes to step {config['steps']:,}; its total can only grow.")
        config["steps"] = args.steps
    return config


def _same_pictures(config: dict[str, Any], data: Pictures) -> dict[str, Any]:
    """What config.json says of the pictures. InputError if a continued run would see others than before."""
    seen = {
        "name": data.name,
        "train": len(data.train),
        "test": len(data.test),
        "sha256": data.checksum(),
        "note": data.note,
        "licence": data.licence,
    }
    before = config["pictures"]
    if before and before["sha256"] != seen["sha256"]:
        raise InputError(
            f"these are not the pictures that the run was started with ({before['train']:,} to train on, {before['note']})."
        )
    return seen


def _report(args: argparse.Namespace, config: dict[str, Any], run: Path, outcome: Outcome, flops: int) -> int:
    again = f"python -m alicuda.train {args.experiment} --resume {shlex.quote(str(run))}"
    if outcome.failure:
        cli.warn(f"alicuda: {outcome.failure}. The last good checkpoint is untouched: {checkpoint.newest_whole(run)}")
        return cli.FAILED
    if not outcome.finished:
        cli.warn(f"stopped at step {outcome.step:,} with a checkpoint; continue with: {again}")
        return cli.INTERRUPTED
    cli.say(f"done: pictures in {run / 'samples'} and {run / 'reconstructions'}, curves in {run / 'curves.png'}")
    if config["preset"] == "quick" and args.experiment == "svhn":
        options = default_options("svhn")
        steps = options.epochs * -(-EXTRA_PICTURES // options.batch_size)
        seconds = outcome.seconds_per_step * steps * step_flops(networks("svhn", options), options.batch_size) / flops
        cli.say("the official configuration: python -m alicuda.train svhn --preset paper "
                f"(downloads 1.5 GB; at this speed {duration(seconds)} for its {steps:,} steps)")  # fmt: skip
    return cli.DONE


if __name__ == "__main__":
    cli.run(main)
