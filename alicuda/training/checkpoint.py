"""Checkpoints: everything that a run needs to go on exactly as if it had never stopped, in one safetensors file."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from alicuda import files
from alicuda.errors import InputError
from alicuda.models.ali import ALI
from alicuda.models.experiments import EXPERIMENTS
from alicuda.models.options import Options
from alicuda.training.step import TrainingStep

FORMAT = "alicuda checkpoint 1"
KEEP = 3  # the newest so many are kept
BUFFERS = ("values", "m", "v", "running")  # of each player; gradients are made anew by every step


def path_of(run: Path, step: int) -> Path:
    return run / "checkpoints" / f"step-{step:08d}.safetensors"


def _arrays(training: TrainingStep) -> dict[str, Any]:
    players = training.model.players.items()
    arrays = {f"{name}.{buffer}": getattr(player, buffer) for name, player in players for buffer in BUFFERS}
    return arrays | {"step": training.step, "ring": training.ring}


def save(training: TrainingStep, run: Path, every: int) -> Path:
    """Write the checkpoint of the step reached, and delete old ones. InputError on a full disk.

    The newest `KEEP` of the scheduled ones (multiples of `every`) stay, and this one. One that Ctrl-C made off the
    schedule goes with the next: a continued run leaves the files that an uninterrupted one does.
    """
    model, to_numpy = training.model, training.backend.to_numpy
    path = path_of(run, training.read_step())
    metadata = {
        "format": FORMAT,
        "experiment": model.experiment,
        "options": json.dumps(asdict(model.options)),
        "seed": str(model.seed),
    }
    arrays = {name: np.ascontiguousarray(to_numpy(array)) for name, array in _arrays(training).items()}
    files.make_directory(path.parent)

    def write(temporary: Path) -> None:
        try:
            save_file(arrays, temporary, metadata)
        except SafetensorError as error:  # what safetensors makes of a full disk
            raise OSError(str(error)) from None

    files.write_whole(path, write)
    others = [other for other in sorted(path.parent.glob("step-*.safetensors")) if other != path]
    scheduled = [other for other in others if int(other.stem.removeprefix("step-")) % every == 0]
    for other in set(others) - set(scheduled[-(KEEP - 1) :]):
        other.unlink()
    return path


def restore(training: TrainingStep, path: Path) -> None:
    """Put the state of the checkpoint into a training step of the same experiment and options."""
    metadata, arrays = _read(path)
    model = training.model
    if (metadata["experiment"], metadata["options"]) != (model.experiment, json.dumps(asdict(model.options))):
        raise InputError(f"{path} is a checkpoint of another experiment or of other options than this run's.")
    for name, array in _arrays(training).items():
        _copy(training.backend, array, arrays, name, path)


def load(run_or_checkpoint: Any) -> ALI:
    """The model of a run directory's newest whole checkpoint, or of one checkpoint file, on the current backend.

    InputError if there is none, or if it is damaged.
    """
    path = find(Path(run_or_checkpoint))
    metadata, arrays = _read(path)
    model = ALI(metadata["experiment"], Options(**json.loads(metadata["options"])), int(metadata["seed"]))
    for name, player in model.players.items():
        for buffer in ("values", "running"):
            _copy(model.backend, getattr(player, buffer), arrays, f"{name}.{buffer}", path)
    return model


def find(path: Path) -> Path:
    """The checkpoint that `path` means: itself if a file, the newest whole one if a run directory."""
    if path.is_file():
        return path
    if not path.is_dir():
        raise InputError(f"{path} is neither a run directory nor a checkpoint: there is nothing there.")
    newest = newest_whole(path)
    if newest is None:
        raise InputError(f"{path} is not a run directory with a whole checkpoint (checkpoints/step-*.safetensors).")
    return newest


def newest_whole(run: Path) -> Path | None:
    """The newest checkpoint of a run that can be read, or None."""
    for path in sorted((run / "checkpoints").glob("step-*.safetensors"), reverse=True):
        try:
            _read(path)
        except InputError:
            continue
        return path
    return None


def _read(path: Path) -> tuple[dict[str, str], dict[str, np.ndarray]]:
    try:
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a dict
    except (OSError, SafetensorError, ValueError) as error:
        raise InputError(f"{path} is not a whole checkpoint ({error}); delete it to go on from an older one.") from None
    known = metadata.get("format") == FORMAT and metadata.get("experiment") in EXPERIMENTS
    if not known:
        raise InputError(f"{path} is a safetensors file, but not a checkpoint of this version of alicuda.")
    return metadata, arrays


def _copy(backend: Any, target: Any, arrays: dict[str, np.ndarray], name: str, path: Path) -> None:
    array = arrays.get(name)
    if array is None or array.shape != tuple(target.shape) or array.dtype != target.dtype:
        found = "nothing" if array is None else f"{array.dtype} of shape {array.shape}"
        raise InputError(f"{path}: {name} should be {target.dtype} of shape {tuple(target.shape)}, but there is {found}.")
    backend.copy_into(target, backend.asarray(array, array.dtype))
