"""`python -m alicuda.train`: its words, and wrong usage and bad input, each answered by one sentence and status 2."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import scipy.io
from PIL import Image

from alicuda import backends, bench, cli, models, train
from alicuda.backends.numba_.counting import Counting
from alicuda.data import choose, svhn, synthetic
from alicuda.errors import InputError
from alicuda.models.ali import ALI
from alicuda.models.cost import step_macs
from alicuda.training import configuration, pictures, simulated
from alicuda.training.step import TrainingStep

ROOT = Path(__file__).resolve().parent.parent
TINY = ["--set", "width=0.06", "--set", "code=4", "--batch-size", "4"]


def make_svhn(folder: Path, train: int = 10, test: int = 4) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    for name, n in (("train", train), ("test", test)):
        pictures = rng.integers(0, 256, (32, 32, 3, n), np.uint8)
        scipy.io.savemat(folder / f"{name}_32x32.mat", {"X": pictures, "y": np.full((n, 1), 1, np.uint8)})
    return folder


def make_pictures(folder: Path, count: int, size: int = 40) -> Path:
    folder.mkdir()
    for i in range(count):
        pixels = np.random.default_rng(i).integers(0, 256, (size, size, 3), np.uint8)
        Image.fromarray(pixels).save(folder / f"{i}.png")
    return folder


@pytest.fixture
def place(tmp_path, monkeypatch):
    """The working directory: data sets good and bad, things that are no run, and no network."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ALICUDA_DATA", raising=False)
    monkeypatch.delenv("ALICUDA_BACKEND", raising=False)
    monkeypatch.setattr(svhn, "cache", lambda name: tmp_path / "cache" / name)
    monkeypatch.setattr("alicuda.data.find.cache", lambda name: tmp_path / "cache" / name)
    monkeypatch.setattr(svhn, "_answers", lambda url: False)
    monkeypatch.setattr(pictures, "curves", lambda metrics, path, title: None)  # half a second each
    make_svhn(tmp_path / "svhn")
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("text", "utf-8")
    return tmp_path


@pytest.fixture
def command(place, capsys):
    """command(*arguments) -> (status, stdout, stderr)."""

    def run(*argv: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as exit:
            cli.run(lambda: train.main([str(argument) for argument in argv]))
        captured = capsys.readouterr()
        return exit.value.code, captured.out, captured.err

    return run


def truncated(place: Path) -> None:
    for path in list(make_svhn(place / "cut").iterdir()):
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def other_format(place: Path) -> None:
    (place / "later").mkdir()
    (place / "later/config.json").write_text('{"format": "alicuda run 9"}', "utf-8")


def finished_run(place: Path) -> None:
    (place / "taken").mkdir()
    (place / "taken/config.json").write_text("{}", "utf-8")


# What is typed, what the sentence must say, and what has to be there first.
BAD = [
    ("nonsense", "unknown experiment 'nonsense': choose one of svhn, images", None),
    ("cifar10", "unknown experiment 'cifar10': choose one of svhn, images", None),
    ("svhn --data svhn --backend gpu", "unknown backend 'gpu': choose one of auto, numpy", None),
    ("svhn --data svhn --preset slow", "unknown preset 'slow': choose one of quick, paper", None),
    ("svhn --resume missing", "missing is not a run directory: there is nothing there", None),
    ("svhn --resume empty", "empty is not a run directory: it has no config.json", None),
    ("svhn --resume file", "file is not a run directory: it is a file", None),
    ("svhn --resume later", "not the config of a run of this version", other_format),
    ("svhn --resume empty --out other", "empty is not a run directory", None),
    ("svhn --data svhn --out taken", "taken already holds a run; continue it with --resume taken", finished_run),
    ("svhn --data svhn --out file", "file is a file; give a directory", None),
    ("svhn --data svhn --batch-size 4 --out file/run", "could not make the directory file/run (Not a directory)", None),
    ("svhn --data svhn --steps 0", "argument --steps: must be at least 1, not 0", None),
    ("svhn --data svhn --steps -3", "argument --steps: must be at least 1, not -3", None),
    ("svhn --data svhn --steps ten", "argument --steps: invalid integer value: 'ten'", None),
    ("svhn --data svhn --epochs 0", "argument --epochs: must be at least 1, not 0", None),
    ("svhn --data svhn --epochs 2 --steps 2", "argument --steps: not allowed with argument --epochs", None),
    ("svhn --data svhn --batch-size 0", "argument --batch-size: must be at least 1, not 0", None),
    ("svhn --data svhn --batch-size 11", "a batch of 11 needs at least as many training pictures, found 10", None),
    ("svhn --data svhn --batch-size 10000000", "batch_size takes an integer from 1 to", None),
    ("svhn --data svhn --set lr", "--set lr: write NAME=VALUE", None),
    ("svhn --data svhn --set nonsense=1", "write NAME=VALUE with one of width, code", None),
    ("svhn --data svhn --set lr=fast", "lr takes a number from", None),
    ("svhn --data svhn --set lr=nan", "lr takes a number from", None),
    ("svhn --data svhn --set lr=inf", "lr takes a number from", None),
    ("svhn --data svhn --set lr=-1", "lr takes a number from", None),
    ("svhn --data svhn --set code=0", "code takes an integer from 1", None),
    ("svhn --data svhn --set code=1.5", "code takes an integer from 1", None),
    ("svhn --data svhn --set d_batch=both", "d_batch takes joined or apart", None),
    ("svhn --data svhn --seed -1", "argument --seed: must be at least 0, not -1", None),
    (f"svhn --data svhn --seed {2**64}", "argument --seed: must be at most", None),
    ("svhn --data missing", "missing: there is no such folder", None),
    ("svhn --data empty", "empty does not hold svhn: expected train_32x32.mat or", None),
    ("svhn --data file", "file is not a folder; give the one that holds", None),
    (
        "svhn --data cut",
        "cut/train_32x32.mat: expected the arrays X and y, found X; delete it",
        truncated,
    ),
    ("svhn --data svhn --size 64", "--size is for your own pictures: train images", None),
    ("images", "train images needs --data FOLDER_OR_ZIP", None),
    ("images --data missing", "missing: there is no such folder or .zip", None),
    ("images --data file", "file is neither a folder nor a .zip", None),
    ("images --data empty", "empty: no pictures found", None),
    ("images --data one", "need at least 2 pictures", lambda place: make_pictures(place / "one", 1)),
    ("images --data few", "a batch of 32 needs at least", lambda place: make_pictures(place / "few", 5)),
    ("images --data svhn --size 48", "--size takes 32 or 64, not 48", None),
    ("svhn --no-fallback", "SVHN's train_32x32.mat is not here and cannot be downloaded", None),
]


@pytest.mark.parametrize(("typed", "says", "given"), BAD, ids=[typed[:60] for typed, _, _ in BAD])
def test_bad_input(command, place, typed, says, given):
    if "cannot be downloaded" in says:
        pytest.importorskip("pooch", reason="pooch, which downloads, is not installed")
    if given:
        given(place)
    before = sorted(place.rglob("*"))
    status, out, err = command(*shlex.split(typed))
    assert (status, len(err.splitlines())) == (2, 1) and says in err, err
    assert err.startswith(("alicuda: ", "python -m alicuda.train: ")) and "Traceback" not in out + err
    assert sorted(place.rglob("*")) == before  # nothing half-made is left behind


@pytest.mark.parametrize("typed", ["nonsense", "svhn --resume empty", "svhn --data cut", "svhn --data svhn --steps 0"])
def test_bad_input_as_a_process(place, typed):
    truncated(place)
    done = as_process(*shlex.split(typed))
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1), done.stderr
    assert "Traceback" not in done.stderr and not (place / "runs").exists()


def as_process(*argv: str, **variables: str) -> subprocess.CompletedProcess:
    environment = os.environ | {"PYTHONPATH": str(ROOT), "XDG_CACHE_HOME": str(Path.cwd() / "cache")} | variables
    train = [sys.executable, "-m", "alicuda.train", *argv]
    return subprocess.run(train, capture_output=True, text=True, env=environment, timeout=120)


# ---- what a run says ----


def test_first_and_last_lines_without_a_terminal(place):
    done = as_process("svhn", "--data", "svhn", *TINY, "--steps", "2", "--out", "run")
    assert (done.returncode, done.stderr) == (0, "")  # no progress bar where nobody watches
    lines = done.stdout.splitlines()
    assert lines[0].startswith("backend numpy on ") and lines[0].endswith("cores")
    assert "--backend emulator trains on the CUDA kernels themselves" in lines.pop(1)
    assert lines[1].startswith("preset quick: 37,") and lines[1].endswith("batch 4, 2 steps (0.7 epochs)")
    assert lines[2].startswith("SVHN: 10 training pictures from train_32x32.mat") and "subset" in lines[2]
    assert lines[3] == "run directory run"
    assert [line.split()[1] for line in lines if line.startswith("step ")] == ["0", "1", "2"]
    assert any(line.startswith("expected time: about ") for line in lines)
    assert lines[-2].startswith("done: pictures in run/samples")
    assert "python -m alicuda.train svhn --preset paper (downloads 1.6 GB; at this speed about" in lines[-1]
    assert lines[-1].endswith("for its 531,200 steps)")


def test_config_tells_what_was_done(command, place):
    more = ["--epochs", 1, "--seed", 7, "--set", "lr=0.001", "--out", "a b"]
    status, _, err = command("svhn", "--data", "svhn", *TINY, *more)
    assert (status, err) == (0, "")
    config = json.loads((place / "a b/config.json").read_text("utf-8"))
    assert config["command"].startswith("python -m alicuda.train svhn --data svhn --set width=0.06 --set code=4 ")
    assert config["command"].endswith("--epochs 1 --seed 7 --set lr=0.001 --out 'a b'")
    assert (config["experiment"], config["source"], config["backend"]) == ("svhn", "svhn", "numpy")
    assert (config["seed"], config["steps"], config["size"]) == (7, 3, 32)
    options = config["options"]
    assert (options["lr"], options["batch_size"], options["code"], options["epochs"]) == (0.001, 4, 4, 1)
    assert config["data"] == str(place / "svhn") and len(config["pictures"]["sha256"]) == 64
    assert config["versions"]["numpy"] == np.__version__ and config["machine"]["cores"] >= 1
    assert "commit" in config and config["time"]["started"]


def test_own_pictures_smaller_and_larger_than_the_nets(command, place):
    """Enlarged to 32; with --size 64, CelebA's nets."""
    make_pictures(place / "small", 24, size=20)
    status, out, err = command("images", "--data", "small", *TINY, "--steps", 1, "--out", "run")
    assert (status, err) == (0, "") and "fewer than 500 pictures the model will memorise them" in out
    status, out, err = command("images", "--data", "small", *TINY, "--steps", 1, "--size", 64, "--out", "run64")
    assert (status, err) == (0, "")
    config = json.loads((place / "run64/config.json").read_text("utf-8"))
    assert (config["experiment"], config["source"], config["size"]) == ("celeba", "images", 64)
    assert "--size 64 --preset paper (at this speed about" in out.splitlines()[-1]
    assert Image.open(place / "run64/samples/00000001.png").height > 8 * 64


def test_falls_back_to_synthetic_and_says_so(command, place, monkeypatch):
    pytest.importorskip("pooch", reason="pooch, which downloads, is not installed")
    small = synthetic.load(train=10, test=4)
    monkeypatch.setattr(choose.synthetic, "load", lambda: small)
    captions = []
    monkeypatch.setattr("alicuda.training.pictures.grid", lambda rows, caption, **_: captions.append(caption) or GREY)
    status, out, err = command("svhn", *TINY, "--steps", 1)
    assert status == 0 and len(err.splitlines()) == 1 and "(synthetic)" in err and "--no-fallback" in err
    assert "synthetic SVHN-like digits, not SVHN" in out
    (run,) = (place / "runs").iterdir()
    assert run.name.startswith("svhn-synthetic-quick-") and str(run.name) in out
    config = json.loads((run / "config.json").read_text("utf-8"))
    assert config["source"] == config["pictures"]["name"] == "synthetic"
    assert len(captions) == 4 and all("synthetic" in caption for caption in captions)


GREY = Image.new("RGB", (8, 8))


def test_no_network_is_found_out_within_seconds(place):
    """As a process, whose proxy is a port at which nobody listens: neither a name nor a server answers."""
    pytest.importorskip("pooch", reason="pooch, which downloads, is not installed")
    started = time.monotonic()
    done = as_process("svhn", "--no-fallback", http_proxy="http://127.0.0.1:9")
    assert done.returncode == 2 and len(done.stderr.splitlines()) == 1 and "cannot be downloaded" in done.stderr
    assert time.monotonic() - started < 20 and not (place / "runs").exists()


def test_set_help_lists_every_option(command):
    status, out, err = command("svhn", "--set", "help")
    assert (status, err) == (0, "") and "the quick preset sets: width=0.25" in out
    assert all(f"  {name}=" in out for name in ("lr", "beta1", "d_batch", "update", "train_split"))


def test_out_of_memory_is_one_sentence(command, place, monkeypatch):
    def too_large(*_args, **_kwargs):
        raise MemoryError("Unable to allocate 10.0 GiB")

    monkeypatch.setattr(models, "create", too_large)
    status, _, err = command("svhn", "--data", "svhn", "--steps", 1, "--batch-size", 4, "--out", "run")
    assert (status, err) == (1, "alicuda: out of memory (Unable to allocate 10.0 GiB).\n") and not (
        place / "run"
    ).exists()


# ---- Numba's simulator, which would take hours without a word ----


NARROW = ["--set", "width=0.02", "--set", "code=4", "--batch-size", "2"]


@pytest.fixture
def simulator(monkeypatch):
    """NumPy, taken for Numba's simulator: what is said depends on the model alone, and the run itself is quick."""
    monkeypatch.setattr(cli, "simulated", lambda backend: True)


def test_a_run_that_would_take_hours_a_step_is_refused(command, place, simulator, monkeypatch):
    monkeypatch.setattr(configuration, "load_data", lambda *_: pytest.fail("before anything is downloaded"))
    for more, hours in (([], "80.6 min"), (["--preset", "paper"], "42.1 h")):
        status, out, err = command("svhn", "--data", "svhn", *more)
        assert (status, out, len(err.splitlines())) == (2, "", 1)
        assert err.startswith(f"alicuda: Numba's simulator would take about {hours}") and "--backend emulator" in err
        assert err.endswith(f"a tiny one runs in the simulator: {simulated.TINY}.\n")
    assert not (place / "runs").exists()


def test_a_small_run_says_how_long_it_will_take_there(command, place, simulator):
    status, out, err = command("svhn", "--data", "svhn", *NARROW, "--steps", 1, "--out", "run")
    assert (status, err) == (0, "")
    assert "a step takes about 28 s, and a look at the model, as before the first step, 7.4 min;" in out
    make_svhn(place / "many", test=400)
    status, out, err = command("svhn", "--data", "many", *NARROW, "--steps", 1)
    assert (status, out, len(err.splitlines())) == (2, "", 1)
    assert "would take about 66.2 min for each look at the model, with 400 test pictures: give fewer" in err


def test_on_a_gpu_numba_refuses_nothing(command, place, monkeypatch):
    monkeypatch.setattr(simulated, "refuse_long_steps", lambda *_: pytest.fail("asked"))
    status, _, err = command("svhn", "--data", "svhn", *TINY, "--steps", 1, "--out", "run")
    assert (status, err) == (0, "")


def test_other_commands_warn_once(capsys, simulator):
    cli.use_backend("numpy")
    warning = capsys.readouterr().err
    assert len(warning.splitlines()) == 1 and "this is Numba's simulator, for tiny sizes" in warning
    with pytest.raises(InputError, match=r"about 42\.\d h for each step .*--backend emulator .*bench step .* tiny\."):
        bench.main(["step", "--backend", "numpy"])
    assert capsys.readouterr().err == ""
    assert bench.main(["step", "--backend", "numpy", "--experiment", "tiny", "--repeats", "1"]) == 0


def test_the_estimate_counts_what_the_simulator_runs():
    """Every multiply-add of the step is one turn; what is added up elsewhere comes on top, a tenth. The step of `tiny`
    took 5.3 s on two cores of an AMD EPYC (2026-11-25)."""
    counting = Counting()
    with backends.use_backend(counting):
        model = ALI("tiny")
        training = TrainingStep(model, 0, 1)
        before = counting.device.threads, counting.device.turns
        training.run(np.zeros((3, 8, 8, 3), np.float32))
    threads, turns = counting.device.threads - before[0], counting.device.turns - before[1]
    needed = sum(step_macs(model.networks, 3).values())
    assert needed < turns < 1.15 * needed and threads > 3 * model.networks["g1"].layers[0].macs
    assert 4 < simulated.step_seconds("tiny", model.options) < 7
