"""The pip commands: the extras of pyproject.toml, written so that they do the same wherever they are typed."""

import shlex
import shutil
import sys
from pathlib import Path

import pytest

from alicuda import driver, extras
from alicuda.backends.cuda import on_gpu

ROOT = Path(__file__).resolve().parent.parent


class Driver:
    """A driver with a GPU, or without one. Like the real one it writes its answers where they are wanted."""

    def __init__(self, version, gpus=1):
        self.version, self.gpus = version, gpus

    def cuInit(self, flags):
        return 0 if self.gpus else 100

    def cuDeviceGetCount(self, count):
        count._obj.value = self.gpus
        return 0

    def cuDriverGetVersion(self, version):
        version._obj.value = self.version
        return 0


def test_the_table_is_that_of_pyproject():
    tomllib = pytest.importorskip("tomllib", reason="Python 3.10 has no tomllib")
    theirs = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    assert {name: list(packages) for name, packages in extras.EXTRAS.items()} == {
        name: theirs[name] for name in extras.EXTRAS
    }


@pytest.mark.parametrize(("version", "extra"), [(13020, "cuda13"), (14000, "cuda13"), (12090, "cuda12"), (11080, None)])
def test_the_extra_fits_the_driver(monkeypatch, version, extra):
    monkeypatch.setattr(driver, "_driver", lambda: Driver(version))
    assert driver.gpu_answers() and extras.for_gpu() == extra


def test_without_a_driver_or_a_gpu(monkeypatch):
    monkeypatch.setattr(driver, "_driver", lambda: None)
    assert not driver.gpu_answers() and driver.cuda_version() is None and extras.for_gpu() == "cuda12"
    monkeypatch.setattr(driver, "_driver", lambda: Driver(13000, gpus=0))
    assert not driver.gpu_answers() and driver.cuda_version() == 13


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


def test_cupy_where_there_is_a_gpu_and_where_there_is_none(monkeypatch):
    monkeypatch.setitem(sys.modules, "cupy", None)
    monkeypatch.setattr(driver, "_driver", lambda: None)
    reason = on_gpu.missing()
    assert (
        reason == reason.sentence == "no NVIDIA GPU answers; this backend needs one, and its driver"
        and reason.pip is None
    )
    monkeypatch.setattr(driver, "_driver", lambda: Driver(13000))
    reason = on_gpu.missing()
    assert reason == "CuPy is not installed" and '"cupy-cuda13x[ctk]>=13.6"' in reason.pip
    assert reason.sentence == f"CuPy is not installed; {reason.pip}"
    monkeypatch.setattr(driver, "_driver", lambda: Driver(11080))
    reason = on_gpu.missing()
    assert reason == "CuPy is not installed; a newer driver is needed, for CUDA 12 or 13" and reason.pip is None


def test_a_cupy_that_does_not_load(monkeypatch, tmp_path):
    (tmp_path / "cupy.py").write_text("raise ImportError('libcublas.so.12: cannot open', name='cupy._core')", "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "cupy", raising=False)
    monkeypatch.setattr(driver, "_driver", lambda: Driver(12040))
    reason = on_gpu.missing()
    assert reason == "CuPy does not load (libcublas.so.12: cannot open)" and reason.extra == "cuda12"
