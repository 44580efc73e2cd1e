"""An installed alicuda has its kernels, its emulator and its exercises with it; a checkout uses those that it shows."""

import json
import os
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from alicuda import kernel_source, numba_kernels
from alicuda.tutor.exercises import exercises_folder

ROOT = Path(__file__).resolve().parent.parent.parent

# prints where the package and its kernels are, and what a kernel computed
USE = """
import json
import numpy as np
import alicuda
from alicuda import kernel_source
from alicuda.backends.cuda import Cuda
from alicuda.backends.cuda.on_emulator import Emulator
found = Cuda(Emulator("BUILD")).bias_grad(np.ones((33, 5), np.float32), (5,))
print(json.dumps([alicuda.__file__, str(kernel_source.kernels_folder()), found.tolist()]))
"""

USE_NUMBA = """
import json
import numpy as np
import alicuda
from alicuda import kernel_source, numba_kernels
from alicuda.tutor.exercises import exercises_folder
from alicuda.backends.numba_ import Numba
numba = Numba()
found = numba.to_numpy(numba.dropout(numba.asarray(np.ones(5, np.float32)), 0.0, alicuda.philox.Draw(0, 0, 0))[0])
file = numba_kernels.load("philox").__file__
print(json.dumps([alicuda.__file__, str(kernel_source.kernels_folder()), found.tolist(), file]))
"""


def python(*arguments, **options):
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=True, **options).stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    pytest.importorskip("hatchling", reason="building a wheel needs hatchling")
    folder = tmp_path_factory.mktemp("wheel")
    python("-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(ROOT))
    return next(folder.glob("*.whl"))


@pytest.mark.full
def test_the_wheel_holds_kernels_emulator_and_exercises(wheel):
    names = set(ZipFile(wheel).namelist())
    exercises = ROOT / "tutorials" / "exercises"
    places = ((ROOT / "kernels", "_kernels"), (exercises, "_exercises"), (ROOT / "alicuda", ""))
    for folder, inside in ((folder, f"alicuda/{inside}".rstrip("/")) for folder, inside in places):
        endings = (".cu", ".cuh", ".h", ".cpp", ".py", *((".md",) if folder == exercises else ()))
        files = [path for path in folder.rglob("*") if path.is_file() and path.suffix in endings]
        assert {".cu", ".py"} <= {path.suffix for path in files} or folder.name == "alicuda"
        assert {f"{inside}/{path.relative_to(folder).as_posix()}" for path in files} <= names
    assert not [name for name in names if "__pycache__" in name or name.startswith(("tests/", "benchmarks/"))]


@pytest.fixture
def installed(wheel, tmp_path):
    """Where the wheel has been installed, and the environment of a program that finds it there."""
    target = tmp_path / "site"
    python("-m", "pip", "install", "--quiet", "--no-deps", "--no-compile", "--target", str(target), str(wheel))
    return target, {**os.environ, "PYTHONPATH": str(target), "ALICUDA_CACHE": str(tmp_path / "cache")}


@pytest.mark.full
@pytest.mark.parametrize("build", ["fast", "checked"])
def test_an_installed_wheel_runs_a_kernel(installed, build, tmp_path):
    target, environment = installed
    package, kernels, found = json.loads(python("-c", USE.replace("BUILD", build), cwd=tmp_path, env=environment))
    assert Path(package).is_relative_to(target)
    assert Path(kernels) == target / "alicuda" / "_kernels"
    assert found == [33.0] * 5


@pytest.mark.full
def test_an_installed_wheel_runs_a_kernel_in_python(installed, tmp_path):
    """It lies in two files, one of which imports the other."""
    if reason := numba_kernels.missing():
        pytest.skip(str(reason))
    target, environment = installed
    package, kernels, found, file = json.loads(python("-c", USE_NUMBA, cwd=tmp_path, env=environment))
    assert Path(package).is_relative_to(target)
    assert Path(kernels) == target / "alicuda" / "_kernels"
    assert Path(file) == Path(kernels) / "numba" / "philox.py"
    assert found == [1.0] * 5


def test_a_checkout_runs_a_kernel_in_python_without_being_installed(tmp_path):
    if reason := numba_kernels.missing():
        pytest.skip(str(reason))
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    package, _, found, file = json.loads(python("-c", USE_NUMBA, cwd=tmp_path, env=environment))
    assert Path(package).parent.parent == ROOT and Path(file) == ROOT / "kernels" / "numba" / "philox.py"
    assert found == [1.0] * 5


def test_a_checkout_uses_the_kernels_at_its_top_and_the_exercises_of_its_pages():
    assert kernel_source.kernels_folder() == ROOT / "kernels"
    assert exercises_folder() == ROOT / "tutorials" / "exercises"


@pytest.mark.full
@pytest.mark.parametrize("file", ["08a_exp/solution.py", "02a_one_later/solution.cu"])
def test_an_installed_wheel_checks_an_exercise(installed, file, tmp_path):
    target, environment = installed
    answer = target / "alicuda" / "_exercises" / file
    command = ["-m", "alicuda.exercise", file[:3], str(answer)]
    assert python(*command, cwd=tmp_path, env=environment).startswith(f"Exercise {file[:3]}: right.")
