"""A disk that fills up while a run writes: one sentence, and what was there before is whole."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tiny import arguments, steps_of

from alicuda import files
from alicuda.errors import InputError
from alicuda.training import checkpoint


def fill(path: Path) -> None:
    path.write_bytes(b"half of it")
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_write_whole_leaves_what_was_there(tmp_path):
    (tmp_path / "a").write_text("before", "utf-8")
    with pytest.raises(InputError, match=r"could not write .*a \(No space left on device\)"):
        files.write_whole(tmp_path / "a", fill)
    with pytest.raises(KeyboardInterrupt):
        files.write_whole(tmp_path / "a", lambda path: (path.write_text("half", "utf-8"), _interrupt()))
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a").read_text("utf-8") == "before"


def _interrupt():
    raise KeyboardInterrupt


@pytest.mark.parametrize("full", ["checkpoints", "samples", "reconstructions", "curves.png", "config.json"])
def test_disk_fills_up(run_train, svhn, tmp_path, monkeypatch, full):
    """At the third writing of that file; config.json is written once, at the start."""
    seen = []

    def write_whole(path, write, real=files.write_whole):
        if full in (path.name, path.parent.name):
            seen.append(path)
        real(path, fill if len(seen) == (1 if full == "config.json" else 3) else write)

    with monkeypatch.context() as patch:
        patch.setattr(files, "write_whole", write_whole)
        if full == "curves.png":
            patch.setattr("alicuda.training.pictures.curves", lambda m, path, t: files.write_text(path, t))
        status, _, err = run_train(*arguments(svhn, "--steps", 12, "--out", "run"))
    assert status == 2 and len(err.splitlines()) == 1 and "No space left on device" in err, err
    assert not list(tmp_path.rglob("*.partial"))
    if full != "config.json":
        assert steps_of(tmp_path / "run", "checkpoints") == [0, 4] and checkpoint.load(tmp_path / "run")
        assert run_train("svhn", "--resume", "run")[0] == 0


@pytest.fixture
def small_disk(tmp_path):
    place = tmp_path / "disk"
    place.mkdir()
    if not shutil.which("mount") or not hasattr(os, "geteuid") or os.geteuid() != 0:
        pytest.skip("mounting a small tmpfs needs root")
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1600k", "tmpfs", place], capture_output=True).returncode:
        pytest.skip("a tmpfs cannot be mounted here")
    yield place
    subprocess.run(["umount", place], check=True)


def test_real_full_disk(run_train, small_disk, svhn):
    """Room for two checkpoints and the pictures beside them, not for three."""
    status, _, err = run_train(*arguments(svhn, "--steps", 10, "--out", "disk/run"))
    assert status == 2 and len(err.splitlines()) == 1, err
    assert "could not write disk/run/checkpoints/step-00000008.safetensors (No space left on device)" in err
    assert not list(small_disk.rglob("*.partial"))
    assert steps_of(small_disk / "run", "checkpoints") == [0, 4] and checkpoint.load(small_disk / "run")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_output_goes_to_a_full_disk(svhn, tmp_path):
    with open("/dev/full", "w") as full:
        train = [sys.executable, "-m", "alicuda.train", *arguments(svhn, "--steps", "1", "--out", tmp_path / "run")]
        done = subprocess.run(train, stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 2 and len(done.stderr.splitlines()) == 1 and "No space left" in done.stderr
