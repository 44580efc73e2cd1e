"""config.json: what a run was asked to do. Made when it starts; when it goes on, asked whether the arguments agree."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from alicuda import machine
from alicuda.data import choose, mixture
from alicuda.data.loader import Loader
from alicuda.data.mixture import Mixture
from alicuda.data.pictures import Pictures
from alicuda.errors import InputError
from alicuda.models.experiments import default_options
from alicuda.models.options import Options
from alicuda.training import presets, run_directory
from alicuda.training.schedule import Schedule

Config = dict[str, Any]
KINDS = ("svhn", "images", "mixture")
NETS = {32: "svhn", 64: "celeba"}  # whose nets take pictures of that size


def nets_for(args: argparse.Namespace) -> str:
    """The experiment whose nets the arguments ask for. InputError if they cannot be."""
    if args.experiment not in KINDS:
        raise InputError(f"unknown experiment {args.experiment!r}: choose one of {', '.join(KINDS)}.")
    if args.size not in (None, *NETS):
        raise InputError(f"--size takes {' or '.join(map(str, NETS))}, not {args.size}.")
    if args.size and args.experiment != "images":
        raise InputError("--size is for your own pictures: train images.")
    if args.experiment == "mixture":
        if args.data:
            raise InputError("the points of the mixture are drawn here: leave --data out.")
        return "mixture"
    return NETS[args.size or 32]


def new(args: argparse.Namespace, command: str, backend: str) -> Config:
    """The config that the arguments of a new run ask for; what depends on the pictures is None until `settle`."""
    nets = nets_for(args)
    preset_name = args.preset or "quick"
    preset = presets.get(preset_name, nets)
    options = default_options(nets).with_assignments([f"{k}={v}" for k, v in preset.options.items()])
    options = options.with_assignments(args.assignments)
    if args.model:
        options = options.with_assignments([f"model={args.model}"])
    for name in ("batch_size", "epochs"):
        if getattr(args, name):
            options = options.with_assignments([f"{name}={getattr(args, name)}"])
    by_epochs = args.epochs or any(assignment.startswith("epochs=") for assignment in args.assignments)
    return {
        "command": command,
        "experiment": nets,
        "source": args.experiment,
        "data": str(args.data.expanduser().resolve()) if args.data else None,
        "size": args.size or 32,
        "preset": preset_name,
        "backend": backend,
        "options": asdict(options),
        "seed": args.seed or 0,
        "steps": args.steps or (None if by_epochs else preset.steps),
        "schedule": None,
        "pictures": None,
        **_surroundings(),
        "time": {"started": _now()},
    }


def resumed(args: argparse.Namespace) -> Config:
    """The config of the run to continue. InputError that names the arguments which disagree with it."""
    config = run_directory.read_config(args.resume)
    try:
        stored = Options(**config["options"])
        synthetic = config["source"] == "synthetic"
        given = {
            "experiment": (args.experiment, "svhn" if synthetic else config["source"]),
            "--model": (args.model, stored.model),
            "--preset": (args.preset, config["preset"]),
            "--seed": (args.seed, config["seed"]),
            "--size": (args.size, config["size"]),
            "--batch-size": (args.batch_size, stored.batch_size),
            "--out": (args.out and args.out.resolve(), args.resume.resolve()),
            "--no-fallback": (args.no_fallback or None, not synthetic),
            "--data": (args.data if synthetic else None, None),
        }
    except (KeyError, TypeError) as error:
        raise InputError(f"{args.resume / run_directory.CONFIG} is not whole ({error}).") from None
    for assignment in args.assignments:
        given[f"--set {assignment.partition('=')[0]}"] = (stored.with_assignments([assignment]), stored)
    differ = [name for name, (asked, has) in given.items() if asked is not None and asked != has]
    if differ:
        raise InputError(f"{', '.join(differ)} cannot differ from what the run in {args.resume} was started with.")
    if args.data:
        config["data"] = str(args.data.expanduser().resolve())
    return config


def load_data(config: Config, fallback: bool, notice: Callable[[str], None]) -> Pictures | Mixture:
    """The run's pictures, or points. InputError if they cannot be had, or are others than those that it was started
    with."""
    place = Path(config["data"]) if config["data"] else None
    extra = config["options"]["train_split"] == "extra"
    data: Pictures | Mixture
    if config["source"] == "mixture":
        data = mixture.load(config["options"]["grid"])
    else:
        data = choose.load(config["source"], place, config["size"], extra, fallback, notice)
    before, checksum = config["pictures"], data.checksum()
    if before and before["sha256"] != checksum:
        raise InputError("these are not the pictures that the run was started with: "
                         f"{before['note']} then, {data.note} now.")  # fmt: skip
    return data


def settle(config: Config, data: Pictures | Mixture, args: argparse.Namespace) -> Schedule:
    """Enter what follows from the pictures, and how long the run shall be. InputError if it would become shorter."""
    config["source"] = data.name
    config["pictures"] = {
        "name": data.name,
        "train": len(data.train),
        "test": len(data.test),
        "sha256": data.checksum(),
        "note": data.note,
        "licence": data.licence,
    }
    options = config["options"]
    steps_per_epoch = Loader(data.train, options["batch_size"], config["seed"]).steps_per_epoch
    asked = args.steps or (args.epochs and args.epochs * steps_per_epoch)
    before = config["schedule"] and config["steps"]
    if before and asked and asked < before:
        raise InputError(f"{asked:,} steps are fewer than the {before:,} of {args.resume}; a total can only grow.")
    config["steps"] = asked or config["steps"] or options["epochs"] * steps_per_epoch
    if args.epochs:
        options["epochs"] = args.epochs
    schedule = Schedule(config["steps"], **config["schedule"]) if before else Schedule.of(config["steps"])
    config["schedule"] = {"log_every": schedule.log_every, "look_every": schedule.look_every}
    return schedule


def continued(config: Config, step: int, command: str, backend: str) -> None:
    """Note that the run goes on from `step`, and where its surroundings are others than when it was started."""
    here = {"command": command, "backend": backend, **_surroundings()}
    others = {key: value for key, value in here.items() if value != config[key]}
    config["time"].setdefault("resumed", []).append({"at": _now(), "step": step, **others})


def _surroundings() -> Config:
    return {"versions": machine.versions(), "machine": machine.describe(), "commit": machine.commit()}


def _now() -> str:
    return datetime.now().astimezone().isoformat(timespec="seconds")
