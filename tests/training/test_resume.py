"""--resume and Ctrl-C: the run goes on where it was, as what it was, or is refused in one sentence."""

from __future__ import annotations

import json
import os
import shutil
import signal
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from safetensors import safe_open
from tiny import STEPS, arguments, assert_same_run, drive, make_svhn, metrics, steps_of

from alicuda.data import choose, synthetic
from alicuda.training.step import TrainingStep


@pytest.fixture
def half(run_train, svhn, tmp_path):
    """A run of six steps, with checkpoints at 0, 4 and 6; small enough to make it anew for each test."""
    status, _, err = run_train(*arguments(svhn, "--steps", 6, "--out", "run"))
    assert (status, err) == (0, "")
    return tmp_path / "run"


def config(run: Path) -> dict:
    return json.loads((run / "config.json").read_text("utf-8"))


def interrupt_at(monkeypatch, step: int, times: int = 1) -> None:
    def run(self, x, real=TrainingStep.run):
        if self.read_step() + 1 == step:
            for _ in range(times):
                signal.raise_signal(signal.SIGINT)
        real(self, x)

    monkeypatch.setattr(TrainingStep, "run", run)


# ---- Ctrl-C ----


def test_ctrl_c(tmp_path, svhn, uninterrupted):
    """As a process. Step 7 is neither logged nor looked at, and in the middle of the third epoch."""
    first = drive(tmp_path, "SIGINT 7", arguments(svhn, "--steps", STEPS, "--out", "run"))
    assert first.returncode == 130 and "Traceback" not in first.stderr
    assert "stopped at step 7 with a checkpoint" in first.stderr
    assert "python -m alicuda.train svhn --resume run" in first.stderr.splitlines()[-1]
    assert steps_of(tmp_path / "run", "checkpoints") == [0, 4, 7]
    second = drive(tmp_path, "never", ["svhn", "--resume", "run"])
    assert (second.returncode, second.stderr) == (0, "") and "continued from step 7" in second.stdout
    assert_same_run(tmp_path / "run", uninterrupted)


@pytest.mark.parametrize("step", [1, 4, 6])
def test_ctrl_c_at_any_step(run_train, svhn, half, monkeypatch, step, tmp_path):
    with monkeypatch.context() as patch:
        interrupt_at(patch, step)
        status, _, err = run_train(*arguments(svhn, "--steps", 6, "--out", "other/run"))
    if step == 6:  # nothing is left to do after the last step
        assert status == 0
    else:
        assert status == 130 and f"stopped at step {step} with" in err
        assert run_train("svhn", "--resume", "other/run")[0] == 0
    (half / "config.json").unlink(), (tmp_path / "other/run/config.json").unlink()  # their --out differs
    assert_same_run(tmp_path / "other/run", half)


def test_second_ctrl_c_stops_at_once(run_train, svhn, monkeypatch, tmp_path):
    interrupt_at(monkeypatch, 6, times=2)
    status, _, err = run_train(*arguments(svhn, "--steps", 6, "--out", "run"))
    assert status == 130 and err.splitlines()[-1].endswith("python -m alicuda.train svhn --resume run")
    assert steps_of(tmp_path / "run", "checkpoints") == [0, 4]


def test_ctrl_c_while_a_checkpoint_is_written(run_train, svhn, monkeypatch, tmp_path):
    """The first one waits; what the second one cuts short leaves nothing half-written."""

    def replace(source, target, real=os.replace):
        if "00000004" in str(target) and "step" in str(target):
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)
        real(source, target)

    monkeypatch.setattr(os, "replace", replace)
    assert run_train(*arguments(svhn, "--steps", 6, "--out", "run"))[0] == 130
    assert steps_of(tmp_path / "run", "checkpoints") == [0]
    assert not list(tmp_path.rglob("*.partial"))


def test_ignored_ctrl_c_stays_ignored(run_train, svhn, monkeypatch):
    """A shell starts background jobs with SIGINT ignored: Ctrl-C is then meant for another."""
    interrupt_at(monkeypatch, 2)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    assert run_train(*arguments(svhn, "--steps", 3, "--out", "run"))[0] == 0


# ---- going on ----


def test_finished_run_says_so_and_changes_nothing(run_train, half):
    before = {path: path.read_bytes() for path in half.rglob("*") if path.is_file()}
    status, out, err = run_train("svhn", "--resume", "run")
    assert (status, err) == (0, "") and "finished" in out and "all 6 steps" in out
    assert before == {path: path.read_bytes() for path in half.rglob("*") if path.is_file()}


def test_larger_total_continues(run_train, svhn, half, tmp_path):
    """Its schedule stays, and its parameters become those of a run that was as long from the start."""
    last_second = metrics(half)[-1]["time"]["seconds"]
    assert run_train("svhn", "--resume", "run", "--steps", 9)[0] == 0
    assert config(half)["steps"] == 9 and config(half)["schedule"] == {"log_every": 2, "look_every": 4}
    assert config(half)["time"]["resumed"][0]["step"] == 6
    assert steps_of(half, "checkpoints") == [4, 8, 9] and steps_of(half, "samples") == [0, 4, 6, 8, 9]
    seconds = [line["time"]["seconds"] for line in metrics(half)]
    assert seconds == sorted(seconds) and seconds[-1] > last_second
    assert run_train(*arguments(svhn, "--steps", 9, "--out", "long"))[0] == 0
    assert (half / "checkpoints/step-00000009.safetensors").read_bytes() == (
        tmp_path / "long/checkpoints/step-00000009.safetensors"
    ).read_bytes()
    assert run_train("svhn", "--resume", "run", "--epochs", 4)[0] == 0  # three steps each
    assert config(half)["steps"] == 12 and config(half)["options"]["epochs"] == 4


@pytest.mark.parametrize("smaller", [("--steps", 5), ("--epochs", 1)])
def test_smaller_total_is_refused(run_train, half, smaller):
    status, _, err = run_train("svhn", "--resume", "run", *smaller)
    assert status == 2 and "fewer than the 6" in err and len(err.splitlines()) == 1


def test_equal_options_are_accepted(run_train, half, svhn):
    again = arguments(svhn, "--steps", 6, "--preset", "quick", "--seed", 0, "--backend", "numpy", "--size", 32)
    assert run_train(*again, "--out", "run", "--resume", "run")[::2] == (0, "")


@pytest.mark.parametrize(
    "option",
    [
        ("--preset", "paper"), ("--seed", "1"), ("--size", "64"), ("--batch-size", "5"), ("--set lr", "1"),
        ("--set code", "8"), ("--set d_batch", "apart"), ("--out", "elsewhere"),
    ],
)  # fmt: skip
def test_options_that_disagree_are_named(run_train, half, option):
    name, value = option
    given = ["--set", f"{name[6:]}={value}"] if name.startswith("--set ") else [name, value]
    before = (half / "config.json").read_bytes()
    status, _, err = run_train("svhn", "--resume", "run", *given)
    assert status == 2 and err.startswith(f"alicuda: {name} cannot differ") and len(err.splitlines()) == 1
    assert (half / "config.json").read_bytes() == before


def test_all_that_disagree_are_named(run_train, half):
    err = run_train("images", "--resume", "run", "--seed", 3, "--set", "lr=1", "--set", "code=4")[2]
    assert "experiment, --seed, --set lr cannot" in err


def test_moved_pictures_are_accepted_and_others_refused(run_train, half, svhn, tmp_path):
    moved = shutil.copytree(svhn, tmp_path / "moved")
    status, _, err = run_train("svhn", "--resume", "run", "--steps", 7, "--data", "moved")
    assert (status, err) == (0, "") and config(half)["data"] == str(moved)
    make_svhn(tmp_path / "others", seed=1)
    before = (half / "metrics.jsonl").read_bytes()
    status, _, err = run_train("svhn", "--resume", "run", "--steps", 8, "--data", "others")
    assert status == 2 and "not the pictures that the run was started with" in err and len(err.splitlines()) == 1
    assert (half / "metrics.jsonl").read_bytes() == before and config(half)["data"] == str(moved)


def test_started_again_before_its_first_checkpoint(run_train, half):
    shutil.rmtree(half / "checkpoints")
    reference = metrics(half)
    status, out, err = run_train("svhn", "--resume", "run")
    assert (status, err) == (0, "") and "continued from step 0" in out
    assert [line["step"] for line in metrics(half)] == [line["step"] for line in reference]
    assert [line.get("loss_d") for line in metrics(half)] == [line.get("loss_d") for line in reference]


def test_from_the_checkpoint_of_step_0_nothing_is_logged_twice(run_train, half):
    for step in (4, 6):
        (half / f"checkpoints/step-{step:08d}.safetensors").unlink()
    reference = [(line["kind"], line["step"]) for line in metrics(half)]
    assert run_train("svhn", "--resume", "run")[0] == 0
    assert [(line["kind"], line["step"]) for line in metrics(half)] == reference


def test_line_that_a_kill_cut_short_is_dropped(run_train, half):
    log = half / "metrics.jsonl"
    reference = metrics(half)
    log.write_bytes(log.read_bytes()[:-20])
    (half / "checkpoints/step-00000006.safetensors").unlink()  # as it is: the line comes first
    assert run_train("svhn", "--resume", "run")[0] == 0
    for line in (*reference, *(resumed := metrics(half))):
        del line["time"]
    assert resumed == reference


def test_truncated_checkpoint_falls_back_to_the_one_before(run_train, half):
    newest = half / "checkpoints/step-00000006.safetensors"
    whole = newest.read_bytes()
    newest.write_bytes(whole[:-100])
    status, out, err = run_train("svhn", "--resume", "run")
    assert status == 0 and "continued from step 4" in out
    assert "step-00000006.safetensors is not a whole checkpoint" in err and len(err.splitlines()) == 1
    assert newest.read_bytes() == whole


def test_what_lies_after_the_checkpoint_is_dropped(run_train, half):
    """Step 6 was looked at because it was the last; on the way to 9 it is not."""
    (half / "checkpoints/step-00000006.safetensors").unlink()
    assert run_train("svhn", "--resume", "run", "--steps", 9)[0] == 0
    assert steps_of(half, "samples") == steps_of(half, "reconstructions") == [0, 4, 8, 9]
    assert [line["step"] for line in metrics(half) if line["kind"] == "health"] == [0, 4, 8, 9]


def test_nothing_is_overwritten_where_no_checkpoint_can_be_read(run_train, half):
    for path in (half / "checkpoints").iterdir():
        path.write_bytes(b"damaged")
    before = (half / "metrics.jsonl").read_bytes()
    status, _, err = run_train("svhn", "--resume", "run")
    assert status == 2 and "none of the 3 checkpoints" in err.splitlines()[-1]
    assert (half / "metrics.jsonl").read_bytes() == before and steps_of(half, "checkpoints") == [0, 4, 6]


@pytest.mark.parametrize("other", [("--set", "code=5"), ("--seed", "5")])
def test_checkpoint_of_another_run_is_refused(run_train, half, svhn, other, tmp_path):
    assert run_train(*arguments(svhn, "--steps", 8, *other, "--out", "other"))[0] == 0
    shutil.copy(tmp_path / "other/checkpoints/step-00000008.safetensors", half / "checkpoints")
    before = (half / "metrics.jsonl").read_bytes()
    status, _, err = run_train("svhn", "--resume", "run", "--steps", 9)
    assert status == 2 and "checkpoint of another experiment" in err and len(err.splitlines()) == 1
    assert (half / "metrics.jsonl").read_bytes() == before


def test_what_a_kill_left_half_written_is_removed(run_train, half):
    names = ["config.json", "metrics.jsonl", "curves.png", "samples/00000005.png", "checkpoints/step-00000005"]
    for name in names:
        (half / f"{name}.partial").write_bytes(b"half of")
    assert run_train("svhn", "--resume", "run")[::2] == (0, "")
    assert not list(half.rglob("*.partial"))


def test_files_of_others_are_left_alone(run_train, half):
    own = [half / "notes.partial", half / "samples/mine.png", half / "checkpoints/step-best.safetensors"]
    for path in own:
        path.write_text("mine", "utf-8")
    assert run_train("svhn", "--resume", "run", "--steps", 9)[0] == 0
    assert all(path.read_text("utf-8") == "mine" for path in own)


def test_resume_after_falling_back_to_synthetic(run_train, monkeypatch, tmp_path, svhn):
    def unavailable(*_args, **_kwargs):
        raise choose.svhn.Unavailable("SVHN cannot be had here")

    monkeypatch.setattr(choose.svhn, "load", unavailable)
    small = synthetic.load(train=10, test=4)
    monkeypatch.setattr(choose.synthetic, "load", lambda: small)
    model = arguments(svhn)[3:]
    status, out, err = run_train("svhn", *model, "--steps", 4, "--out", "run")
    assert status == 0 and "synthetic" in out and len(err.splitlines()) == 1 and "synthetic" in err
    assert config(tmp_path / "run")["source"] == "synthetic"
    assert run_train("svhn", "--resume", "run", "--steps", 6)[::2] == (0, "")
    assert config(tmp_path / "run")["pictures"]["name"] == "synthetic"
    for refused in (["--data", svhn], ["--no-fallback"]):
        status, _, err = run_train("svhn", "--resume", "run", "--steps", 8, *refused)
        assert status == 2 and err.startswith(f"alicuda: {refused[0]} cannot differ")


def test_damaged_run_directories(run_train, half):
    def refused(sentence: str) -> None:
        status, _, err = run_train("svhn", "--resume", "run", "--steps", 9)
        assert status == 2 and sentence in err and len(err.splitlines()) == 1, err

    good, log = (half / "config.json").read_text("utf-8"), (half / "metrics.jsonl").read_text("utf-8")
    (half / "metrics.jsonl").write_text("no json\n" + log, "utf-8")
    refused("metrics.jsonl is damaged")
    for damaged, sentence in (
        ("", "cannot be read as JSON"),
        ("[]", "not the config of a run"),
        ('{"format": "alicuda run 1"}', "is not whole"),
        (good.replace('"lr"', '"rate"'), "is not whole"),
    ):
        (half / "config.json").write_text(damaged, "utf-8")
        refused(sentence)


def test_checkpoint_holds_one_set_of_bytes(half, uninterrupted):
    """What two processes wrote for the same state; safetensors orders several metadata entries by chance."""
    own, other = (run / "checkpoints/step-00000004.safetensors" for run in (half, uninterrupted))
    assert own.read_bytes() == other.read_bytes()
    with safe_open(own, framework="numpy") as file:
        assert int(file.get_tensor("step")[0]) == 4


def test_one_picture_to_test_with_has_no_ratio(run_train, tmp_path):
    for i in range(6):
        pixels = np.random.default_rng(i).integers(0, 256, (40, 40, 3), np.uint8)
        (tmp_path / "mine").mkdir(exist_ok=True)
        Image.fromarray(pixels).save(tmp_path / f"mine/{i}.png")
    model = ["--set", "width=0.06", "--set", "code=4", "--batch-size", "4"]
    status, out, err = run_train("images", "--data", "mine", *model, "--steps", 2, "--out", "run")
    assert (status, err) == (0, "") and "pair_ratio nan" in out
    health = [line for line in metrics(tmp_path / "run") if line["kind"] == "health"]
    assert health[-1]["pair_ratio"] is None and health[-1]["mse"] > 0
    assert run_train("images", "--resume", "run", "--steps", 4)[0] == 0
    assert out.splitlines()[-1].startswith("the official configuration: python -m alicuda.train images --data")
