"""A run killed with SIGKILL at any moment resumes, and leaves exactly what an uninterrupted one does."""

from __future__ import annotations

import contextlib
import random
import shutil
import signal
import subprocess

import pytest
from tiny import STEPS, arguments, assert_same_run, command, drive

LAST = f"step-{STEPS:08d}.safetensors"


def survive(place, svhn, moments, *more, steps=STEPS) -> list[str]:
    """Start a run in `place`, kill it at each moment, resume it to its end. Returns the moments at which it died."""
    died = []
    for moment in (*moments, "never"):
        resuming = (place / "run" / "config.json").exists()
        again = ["svhn", "--resume", "run"] if resuming else arguments(svhn, "--steps", steps, "--out", "run")
        again += more
        life = drive(place, moment, again)
        if life.returncode == 0:
            return died
        assert life.returncode == -signal.SIGKILL and life.stderr.startswith("killed: "), life.stderr
        died.append(life.stderr.strip().removeprefix("killed: "))
    raise AssertionError("the last life was killed too")


def test_killed_run_equals_uninterrupted_one(tmp_path, svhn, uninterrupted):
    moments = [
        "config.json synced",  # before there is a run
        "step-00000000.safetensors half-written",  # before there is a checkpoint
        "step-00000004.safetensors synced",
        "deleting step-00000000.safetensors",  # while old checkpoints go, the newest being the last
    ]
    assert survive(tmp_path, svhn, moments) == moments
    assert_same_run(tmp_path / "run", uninterrupted)


def test_killed_run_on_the_emulator_equals_uninterrupted_one(tmp_path, svhn):
    """Blocks run on several threads in any order, and still a resumed run ends in the same bits."""
    on_emulator = ("--backend", "emulator")
    assert not survive(tmp_path / "whole", svhn, [], *on_emulator, steps=5)
    moments = ["step-00000004.safetensors half-written", "step-00000005.safetensors synced"]
    assert survive(tmp_path / "killed", svhn, moments, *on_emulator, steps=5) == moments
    assert_same_run(tmp_path / "killed" / "run", tmp_path / "whole" / "run")


@pytest.mark.parametrize("name", ["checkpoints/step-00000004.safetensors", "samples/00000008.png", "metrics.jsonl"])
def test_the_comparison_can_fail(tmp_path, uninterrupted, name):
    copy = shutil.copytree(uninterrupted, tmp_path / "run")
    assert_same_run(copy, uninterrupted)
    whole = (copy / name).read_bytes()
    (copy / name).write_bytes(whole.replace(b'"loss_d": 1', b'"loss_d": 2') if name == "metrics.jsonl" else whole[:-1])
    with pytest.raises(AssertionError, match=name):
        assert_same_run(copy, uninterrupted)


@pytest.mark.full
def test_killed_twenty_times(tmp_path, svhn, uninterrupted):
    dice, died = random.Random(0), []
    inside = [f"step-{step:08d}.safetensors {what}" for step in (0, 4, 8, STEPS) for what in
              ("half-written", "written", "synced", "renamed")]  # fmt: skip
    while len(died) < 24:
        moments = [dice.choice([str(dice.randint(1, 50)), str(dice.randint(1, 50)), *dice.sample(inside, 1)])
                   for _ in range(8)]  # fmt: skip
        place = tmp_path / str(len(died))
        died += survive(place, svhn, moments)
        assert_same_run(place / "run", uninterrupted)
    print("\n".join(died))
    assert sum(moment.startswith("step-") for moment in died) >= 6
    assert len(set(died)) >= 15


@pytest.mark.full
def test_killed_from_outside_at_any_time(tmp_path, svhn, uninterrupted):
    dice, kills = random.Random(1), 0
    again = arguments(svhn, "--steps", STEPS, "--out", "run")
    while True:
        life = subprocess.Popen(command("slowly", again), cwd=tmp_path, stdout=subprocess.DEVNULL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            life.wait(dice.uniform(0.3, 2.0) if kills < 8 else 60)
            break
        life.kill()
        life.wait()
        kills += 1
        if (tmp_path / "run" / "config.json").exists():
            again = ["svhn", "--resume", "run"]
    assert life.returncode == 0 and kills >= 3
    assert_same_run(tmp_path / "run", uninterrupted)
