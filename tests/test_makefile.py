"""What make installs, as `make -n` tells it."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is not here")


def told(target, venv, **environment):
    command = ["make", "-n", "-C", str(ROOT), target, f"VENV={venv}"]
    return subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("driver, extra", [("13.2", "cuda13"), ("12.4", "cuda12"), ("11.8", None), (None, None)])
def test_the_cuda_extra_is_that_of_the_driver(tmp_path, driver, extra):
    answer = f"echo '| NVIDIA-SMI 580.1   Driver Version: 580.1   CUDA Version: {driver}  |'" if driver else "exit 9"
    tool = tmp_path / "nvidia-smi"
    tool.write_text(f"#!/bin/sh\n{answer}\n")
    tool.chmod(0o755)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    for target, extras in (("train", []), ("test", ["test"]), ("notebook", ["tutorials"])):
        text = told(target, tmp_path / "venv", PATH=path)
        more = extra or ("compilers" if target == "test" else None)
        wanted = ",".join(extras + ([more] if more else []))
        assert f'--editable ".{f"[{wanted}]" if wanted else ""}"' in text
        assert (f"installing the extra {extra}" in text) is bool(extra)


def test_a_python_of_ones_own_gets_nothing_installed(tmp_path):
    text = told("gpu-test", tmp_path / "venv", MAKEFLAGS="RUN=python3")
    assert "pip" not in text and "python3 -m pytest --require-gpu" in text


def test_gradcheck_is_the_tests_of_the_gradients(tmp_path):
    lines = told("gradcheck", tmp_path / "venv", MAKEFLAGS="RUN=python3").splitlines()
    started = [line for line in lines if "-m pytest" in line or "-m alicuda" in line]
    assert started == ["python3 -m pytest tests/gradients"]
