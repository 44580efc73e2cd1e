"""One tiny run on noise in SVHN's file format, made once and copied for each test."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import scipy.io
from PIL import Image
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

from alicuda import train
from alicuda.training import checkpoint

CODE, TEST = 4, 9


@pytest.fixture(scope="session")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data") / "svhn"
    folder.mkdir()
    random = np.random.default_rng(0)
    for name, n in (("train", 12), ("test", TEST)):
        x = random.integers(0, 256, (32, 32, 3, n), dtype=np.uint8)
        scipy.io.savemat(folder / f"{name}_32x32.mat", {"X": x, "y": random.integers(1, 11, (n, 1))})
    return folder


@pytest.fixture(scope="session")
def made(tmp_path_factory, data):
    run = tmp_path_factory.mktemp("runs") / "tiny"
    options = ["--steps", "1", "--batch-size", "4", "--set", f"code={CODE}", "--set", "width=0.06", "--seed", "5"]
    assert train.main(["svhn", *options, "--data", str(data), "--out", str(run)]) == 0
    pretend_it_learned(checkpoint.find(run))
    return run


def pretend_it_learned(file):
    """Rewrite a checkpoint with larger weights, so that other codes give clearly other pictures, and the reverse."""
    model = checkpoint.load(file)
    model.players["g"].initialise(1, 0.2, 0)
    logits = model.networks["g1"].layers[-1].parameters["w"].array
    pictures_now = model.g1(np.random.default_rng(0).standard_normal((50, CODE)).astype(np.float32)).numpy()
    logits *= 1 / (4 * pictures_now.std(axis=0).mean())
    with safe_open(file, framework="numpy") as whole:
        metadata = whole.metadata()
    g = model.players["g"]
    save_file({**load_file(file), "g.values": g.values, "g.running": g.running}, file, metadata)


@pytest.fixture
def run(made, tmp_path):
    return shutil.copytree(made, tmp_path / "run")


@pytest.fixture
def lone(made, tmp_path):
    """A checkpoint that lies in no run directory."""
    return Path(shutil.copy(checkpoint.find(made), tmp_path / "lone.safetensors"))


@pytest.fixture
def photos(tmp_path):
    random = np.random.default_rng(2)
    paths = [tmp_path / f"photo{i}é.png" for i in range(4)]
    for path in paths:
        Image.fromarray(random.integers(0, 256, (32, 32, 3), dtype=np.uint8)).save(path)
    return [str(path) for path in paths]
