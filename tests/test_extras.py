"""The pip commands: the extras of pyproject.toml, written so that they do the same wherever they are typed."""

import shlex
import shutil
import sys
from pathlib import Path

import pytest

from alicuda import driver, extras
from alicuda.backends.cuda import on_gpu

ROOT = Path(__file__).resolve().parent.parent
ANSWER = "| NVIDIA-SMI 580.65.06   Driver Version: 580.65.06   CUDA Version: {}     |"


@pytest.fixture
def nvidia_smi(tmp_path, monkeypatch):
    """A function that makes nvidia-smi tell of a CUDA version, or fail."""

    def tells(version):
        tool = tmp_path / "nvidia-smi"
        script = f"echo '{ANSWER.format(version)}'" if version else "exit 9"
        tool.write_text(f"#!/bin/sh\n{script}\n")
        tool.chmod(0o755)

    monkeypatch.setenv("PATH", str(tmp_path))
    return tells


def test_the_table_is_that_of_pyproject():
    tomllib = pytest.importorskip("tomllib", reason="Python 3.10 has no tomllib")
    theirs = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    assert {name: list(packages) for name, packages in extras.EXTRAS.items()} == {
        name: theirs[name] for name in extras.EXTRAS
    }


@pytest.mark.parametrize(
    ("version", "extra"), [("13.2", "cuda13"), ("14.0", "cuda13"), ("12.9", "cuda12"), ("11.8", None), (None, "cuda12")]
)
def test_the_extra_fits_the_driver(nvidia_smi, version, extra):
    nvidia_smi(version)
    assert extras.for_gpu() == extra


def test_without_nvidia_smi_nothing_is_known(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert driver.cuda_version() is None


def test_a_command_is_one_that_a_shell_takes_apart_as_meant(tmp_path, monkeypatch):
    words = shlex.split(extras.command("numba"))
    assert words == [extras.python(), "-m", "pip", "install", "--upgrade", *extras.EXTRAS["numba"]]
    assert shutil.which(words[0]) and Path(shutil.which(words[0])).absolute() == Path(sys.executable).absolute()


def test_python_is_named_as_it_must_be_typed(tmp_path, monkeypatch):
    """By its name alone only where the shell would find the same one."""
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent))
    assert extras.python() == Path(sys.executable).name
    monkeypatch.setenv("PATH", str(tmp_path))
    assert extras.python() == sys.executable
    monkeypatch.setattr(sys, "executable", "/home/my name/python")
    assert extras.command("emulator").startswith('"/home/my name/python" -m pip install ')


def test_cupy_where_there_is_a_gpu_and_where_there_is_none(monkeypatch, nvidia_smi):
    monkeypatch.setitem(sys.modules, "cupy", None)
    monkeypatch.setattr(driver, "gpu_answers", lambda: False)
    reason = on_gpu.missing()
    assert reason == reason.sentence == "no NVIDIA GPU answers; it takes one, with its driver" and reason.pip is None
    monkeypatch.setattr(driver, "gpu_answers", lambda: True)
    nvidia_smi("13.0")
    reason = on_gpu.missing()
    assert reason == "CuPy is not installed" and '"cupy-cuda13x[ctk]>=13.6"' in reason.pip
    assert reason.sentence == f"CuPy is not installed; {reason.pip}"
    nvidia_smi("11.8")
    reason = on_gpu.missing()
    assert reason == "CuPy is not installed; a newer driver is needed, for CUDA 12 or 13" and reason.pip is None


def test_a_cupy_that_does_not_load(monkeypatch, tmp_path, nvidia_smi):
    (tmp_path / "cupy.py").write_text("raise ImportError('libcublas.so.12: cannot open', name='cupy._core')", "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "cupy", raising=False)
    monkeypatch.setattr(driver, "gpu_answers", lambda: True)
    nvidia_smi("12.4")
    reason = on_gpu.missing()
    assert reason == "CuPy does not load (libcublas.so.12: cannot open)" and reason.extra == "cuda12"
