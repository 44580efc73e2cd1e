"""python -m alicuda.train svhn: train ALI or a GAN; pictures, curves and checkpoints go into a run directory."""

from __future__ import annotations

import argparse
import shlex
import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from alicuda import cli, models
from alicuda.data.mixture import Mixture
from alicuda.data.pictures import Pictures
from alicuda.emulator.build import cache_folder
from alicuda.errors import InputError
from alicuda.models.ali import ALI, networks
from alicuda.models.cost import step_flops
from alicuda.models.experiments import default_options
from alicuda.models.options import Options, describe
from alicuda.training import checkpoint, configuration, presets, run_directory, simulated
from alicuda.training.configuration import Config
from alicuda.training.loop import Outcome, train
from alicuda.training.schedule import duration
from alicuda.training.step import TrainingStep

DEFAULTS = ("numpy", "cuda")  # the backends that `auto` means, and `--resume` without more
EMULATOR_SLOWER = 10  # quick step, two cores: benchmarks/README.md
OFFICIAL_PICTURES, OFFICIAL_DOWNLOAD = 531_131, "1.6 GB"  # SVHN's extra set; that with train and test


def parser() -> argparse.ArgumentParser:
    p = cli.parser("train", "Train ALI, or a GAN. A run directory holds what it makes; --resume continues one.")
    p.add_argument("experiment", help=f"what to train on: {' or '.join(configuration.KINDS)}")
    cli.add_backend(p)
    p.add_argument("--model", metavar="NAME", help="ali (default), or gan: the same decoder and D without an encoder")
    p.add_argument("--preset", metavar="NAME", help="quick (default): minutes; paper: the official configuration")
    length = p.add_mutually_exclusive_group()
    length.add_argument("--epochs", type=cli.at_least(1), metavar="N", help="passes over the pictures, from the start")
    length.add_argument("--steps", type=cli.at_least(1), metavar="N", help="training steps, from the start")
    p.add_argument("--batch-size", type=cli.at_least(1), metavar="N", help="pictures a step")
    p.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", dest="assignments",
                   help="an option of the model; --set help lists them all")  # fmt: skip
    p.add_argument("--seed", type=cli.seed, metavar="N", help="of weights, noise and shuffling (default: 0)")
    p.add_argument("--data", type=cli.path, metavar="DIR", help="where the pictures are; nothing is downloaded then")
    p.add_argument("--size", type=cli.at_least(1), metavar="N", help="of your own pictures: 32 (default) or 64")
    p.add_argument("--no-fallback", action="store_true", help="fail where SVHN cannot be had, train on no other digits")
    p.add_argument("--out", type=cli.path, metavar="DIR", help="the run directory (default: runs/NAME-TIME)")
    p.add_argument("--resume", type=cli.path, metavar="DIR", help="continue this run directory")
    return p


def main(argv: list[str] | None = None) -> int:
    argv = sys.argv[1:] if argv is None else argv
    args = parser().parse_args(argv)
    if args.assignments == ["help"]:
        return _list_options(args)
    backend = cli.use_backend(args.backend, warns=False)
    command = shlex.join(["python", "-m", "alicuda.train", *argv])
    if args.out and not args.resume:
        run_directory.check_free(args.out)
    config = configuration.resumed(args) if args.resume else configuration.new(args, command, backend.name)
    options = Options(**config["options"])
    if cli.simulated(backend):
        step_seconds = simulated.refuse_long_steps(config["experiment"], options)
    data = configuration.load_data(config, not (args.no_fallback or args.resume), cli.warn)
    schedule = configuration.settle(config, data, args)
    if cli.simulated(backend):
        look_seconds = simulated.refuse_long_looks(config["experiment"], options, len(data.test))
    training = TrainingStep(_model(config, data), config["seed"], schedule.log_every)
    run = args.resume or args.out or _default_run(config)
    metrics = _go_back(training, run, schedule.look_every) if args.resume else []

    first = training.read_step()
    cli.say(f"backend {backend.name} on {cli.runs_on(backend)}")
    if backend.name == "numpy" and args.backend is None:
        cli.say(f"(--backend emulator trains on the CUDA kernels themselves, about {EMULATOR_SLOWER} times slower)")
    if backend.name == "emulator":
        cli.say(f"(each kernel is compiled on first use, half a minute in all, and kept in {cache_folder()})")
    if cli.simulated(backend):
        cli.say(f"(for tiny sizes: a step takes about {duration(step_seconds)}, and a look at the model, as before the "
                f"first step, {duration(look_seconds)}; --backend emulator is much faster)")  # fmt: skip
    cli.say(_size(config, training.model))
    cli.say(data.note)
    cli.say(f"run directory {run}" + (f", continued from step {first:,}" if args.resume else ""))
    if first == schedule.steps:
        cli.say(f"the run is finished: it has done all {first:,} steps. A larger --steps or --epochs continues it.")
        return cli.DONE
    if args.resume:
        configuration.continued(config, first, command, backend.name)
        run_directory.write_config(run, config)
    else:
        run_directory.create(run, config)
    try:
        outcome = train(training, data, schedule, run, metrics, cli.say)
    except KeyboardInterrupt:
        cli.warn(f"stopped at once; continue from the newest checkpoint with: {_again(config, run)}")
        return cli.INTERRUPTED
    return _end(config, run, outcome)


def _list_options(args: argparse.Namespace) -> int:
    nets = configuration.nets_for(args)
    preset = presets.get(args.preset or "quick", nets)
    cli.say(f"options of {args.experiment}, with the defaults of the official code, for --set NAME=VALUE:\n")
    cli.say(describe(default_options(nets)))
    if preset.options:
        cli.say("\nthe quick preset sets: " + " ".join(f"{k}={v}" for k, v in preset.options.items()))
    return cli.DONE


def _model(config: Config, data: Pictures | Mixture) -> ALI:
    """The model as it is before the first step."""
    options = Options(**config["options"])
    if options.output_bias == "log_odds" and isinstance(data, Mixture):
        raise InputError("output_bias=log_odds is for pixels in [0, 1]: points take output_bias=zero.")
    model = models.create(config["experiment"], options, config["seed"])
    if options.output_bias == "log_odds":
        model.set_output_bias(data.train[:500].mean(axis=0) / 255)
    return model


def _size(config: Config, model: ALI) -> str:
    epochs = config["steps"] / -(-config["pictures"]["train"] // model.options.batch_size)
    parameters = sum(player.size for player in model.players.values())
    return (f"preset {config['preset']}: {parameters:,} parameters, "
            f"batch {model.options.batch_size}, {config['steps']:,} steps ({epochs:.1f} epochs)")  # fmt: skip


def _default_run(config: Config) -> Path:
    kind = "svhn-synthetic" if config["source"] == "synthetic" else str(config["source"])
    kind += "-gan" if config["options"]["model"] == "gan" else ""
    return Path("runs") / f"{kind}-{config['preset']}-{datetime.now():%Y%m%d-%H%M%S}"


def _go_back(training: TrainingStep, run: Path, every: int) -> list[dict[str, Any]]:
    """Put training and run directory into the state of the newest whole checkpoint. Returns the metrics until then."""
    newest = checkpoint.newest_whole(run, cli.warn)
    if newest is None:  # killed before there was one
        return run_directory.rewind(run, -1)
    checkpoint.restore(training, newest)
    checkpoint.prune(run, training.read_step(), every)
    return run_directory.rewind(run, training.read_step())


def _again(config: Config, run: Path) -> str:
    experiment = "svhn" if config["source"] == "synthetic" else str(config["source"])
    backend = [] if config["backend"] in DEFAULTS else ["--backend", config["backend"]]
    return shlex.join(["python", "-m", "alicuda.train", experiment, "--resume", str(run), *backend])


def _end(config: Config, run: Path, outcome: Outcome) -> int:
    """The last lines, and the exit status."""
    if outcome.failure:
        cli.warn(f"alicuda: {outcome.failure}. The last good checkpoint is untouched: {checkpoint.newest_whole(run)}")
        return cli.FAILED
    if not outcome.finished:
        cli.warn(f"stopped at step {outcome.step:,} with a checkpoint; continue with: {_again(config, run)}")
        return cli.INTERRUPTED
    folders = [run / "samples", run / "reconstructions"]
    shown = " and ".join(str(folder) for folder in folders if folder.is_dir())
    cli.say(f"done: pictures in {shown}, curves in {run / 'curves.png'}")
    if config["experiment"] == "mixture":
        cli.say(f"modes by PacGAN's protocol: python -m alicuda.evaluate modes {shlex.quote(str(run))}")
    if config["preset"] == "quick":
        cli.say(_official(config, outcome.seconds_per_step))
    return cli.DONE


def _official(config: Config, seconds_per_step: float) -> str:
    """The command of the preset `paper`, with what it will cost by the speed of this run's steps."""
    svhn = config["source"] in ("svhn", "synthetic")
    where = ["svhn"] if svhn else [str(config["source"])]
    if config["source"] == "images":
        where += ["--data", str(config["data"]), "--size", str(config["size"])]
    pictures = OFFICIAL_PICTURES if svhn else config["pictures"]["train"]
    options = replace(default_options(config["experiment"]), model=config["options"].get("model", "ali"))
    if options.model == "gan":
        where += ["--model", "gan"]
    steps = options.epochs * -(-pictures // options.batch_size)
    here, there = (
        step_flops(networks(config["experiment"], o), o.batch_size) for o in (Options(**config["options"]), options)
    )
    took = f"at this speed about {duration(seconds_per_step * there / here * steps)} for its {steps:,} steps"
    if config["backend"] == "emulator":
        took = f"its {steps:,} steps want a GPU"
    return (f"the official configuration: {shlex.join(['python', '-m', 'alicuda.train', *where, '--preset', 'paper'])} "
            f"({f'downloads {OFFICIAL_DOWNLOAD}; ' if svhn else ''}{took})")  # fmt: skip


if __name__ == "__main__":
    cli.run(main)
