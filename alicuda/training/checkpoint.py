"""Checkpoints: everything that a run needs to go on exactly as if it had never stopped, in one safetensors file."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.numpy
from safetensors import SafetensorError, safe_open

from alicuda import files, models
from alicuda.errors import InputError
from alicuda.models.ali import ALI
from alicuda.models.experiments import EXPERIMENTS
from alicuda.models.options import Options
from alicuda.training.run_directory import CHECKPOINTS
from alicuda.training.step import TrainingStep

FORMAT = "alicuda checkpoint 1"
KEEP = 3  # the newest so many are kept
PREFIX, ENDING = "step-", ".safetensors"


class Damaged(InputError):
    """The file can be read, and is no whole checkpoint of ours."""


def path_of(run: Path, step: int) -> Path:
    return run / CHECKPOINTS / f"{PREFIX}{step:08d}{ENDING}"


def steps_of(run: Path) -> list[int]:
    """The steps of which a run has checkpoints, whole or not, oldest first."""
    stems = [path.stem.removeprefix(PREFIX) for path in (run / CHECKPOINTS).glob(f"{PREFIX}*{ENDING}")]
    steps = sorted(int(stem) for stem in stems if stem.isdecimal())
    return [step for step in steps if path_of(run, step).is_file()]


def save(training: TrainingStep, run: Path, every: int) -> Path:
    """Write the checkpoint of the step reached, and delete old ones. InputError on a full disk."""
    model, step = training.model, training.read_step()
    metadata = {
        "format": FORMAT,
        "experiment": model.experiment,
        "options": asdict(model.options),
        "seed": model.seed,
    }
    arrays = {name: np.ascontiguousarray(training.backend.to_numpy(array)) for name, array in training.state.items()}
    # One entry of metadata, because safetensors writes several in no set order. And its bytes, not its file: it would
    # write a temporary file of its own, which a kill leaves behind.
    content = safetensors.numpy.save(arrays, {"alicuda": json.dumps(metadata)})
    path = path_of(run, step)
    files.make_directory(path.parent)
    files.write_whole(path, lambda temporary: temporary.write_bytes(content))
    prune(run, step, every)
    return path


def prune(run: Path, step: int, every: int) -> None:
    """Leave what an uninterrupted run holds once it has saved `step`: that, and the newest scheduled ones before it.

    Scheduled are the multiples of `every`. One that Ctrl-C made in between goes with the next.
    """
    scheduled = [s for s in steps_of(run) if s < step and s % every == 0]
    for other in set(steps_of(run)) - {step, *scheduled[-(KEEP - 1) :]}:
        path_of(run, other).unlink(missing_ok=True)


def restore(training: TrainingStep, path: Path) -> None:
    """Put the state of the checkpoint into a training step of the same experiment, options and seed.

    How long to train is no part of the state: `epochs` may differ.
    """
    metadata, arrays = _read(path)
    model = training.model
    options = asdict(Options(**metadata["options"]))  # an older version may have known fewer
    saved = metadata["experiment"], metadata["seed"], options | {"epochs": 0}
    if saved != (model.experiment, model.seed, asdict(model.options) | {"epochs": 0}):
        raise InputError(f"{path} is a checkpoint of another experiment, or of other options or another seed.")
    for name, array in training.state.items():
        _copy(training.backend, array, arrays, name, path)


def load(run_or_checkpoint: Any) -> ALI:
    """The model of a run directory's newest whole checkpoint, or of one checkpoint file, on the current backend.

    InputError if there is none, or if it is damaged.
    """
    return load_with_step(find(Path(run_or_checkpoint)))[0]


def load_with_step(path: Path) -> tuple[ALI, int]:
    """The model of a checkpoint file on the current backend, and the step that it was trained to."""
    metadata, arrays = _read(path)
    model = models.create(metadata["experiment"], Options(**metadata["options"]), metadata["seed"])
    for name, player in model.players.items():
        for buffer in ("values", "running"):
            _copy(model.backend, getattr(player, buffer), arrays, f"{name}.{buffer}", path)
    return model, int(_checked(np.zeros(1, np.int64), arrays, "step", path)[0])


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


def newest_whole(run: Path, notice: Callable[[str], None] = lambda sentence: None) -> Path | None:
    """The newest checkpoint of a run that can be read, or None if there are none. `notice` is told of damaged ones.

    InputError if there are some, and all are damaged, or one cannot be read at all.
    """
    steps = steps_of(run)
    for step in reversed(steps):
        try:
            _read(path_of(run, step))
        except Damaged as error:
            notice(f"{error} Looking for an older one.")
            continue
        return path_of(run, step)
    if steps:
        raise InputError(f"none of the {len(steps)} checkpoints in {run / CHECKPOINTS} can be read.")
    return None


def _read(path: Path) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    try:
        with safe_open(path, framework="numpy") as file:
            metadata = json.loads((file.metadata() or {}).get("alicuda", "{}"))
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a dict
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror or error}).") from None
    except (SafetensorError, ValueError, RecursionError) as error:
        raise Damaged(f"{path} is not a whole checkpoint ({error}).") from None
    try:
        known = metadata["format"] == FORMAT and metadata["experiment"] in EXPERIMENTS
        Options(**metadata["options"])
        known = known and isinstance(metadata["seed"], int) and metadata["seed"] >= 0
    except (KeyError, TypeError, ValueError):
        known = False
    if not known:
        raise Damaged(f"{path} is a safetensors file, but not a checkpoint of this version of alicuda.")
    return metadata, arrays


def _copy(backend: Any, target: Any, arrays: dict[str, np.ndarray], name: str, path: Path) -> None:
    array = _checked(target, arrays, name, path)
    backend.copy_into(target, backend.asarray(array, array.dtype))


def _checked(target: Any, arrays: dict[str, np.ndarray], name: str, path: Path) -> np.ndarray:
    """The array of that name, if it is as `target` is."""
    array = arrays.get(name)
    if array is None or array.shape != tuple(target.shape) or array.dtype != target.dtype:
        expected = f"{target.dtype} of shape {tuple(target.shape)}"
        found = "nothing" if array is None else f"{array.dtype} of shape {array.shape}"
        raise InputError(f"{path}: {name} should be {expected}, but there is {found}.")
    return array
