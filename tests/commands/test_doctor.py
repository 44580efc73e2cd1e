"""doctor: what it finds, on this machine and on others."""

import json
import sys

import pytest

from alicuda import backends, cli, doctor, driver
from alicuda.backends.numpy_fast import NumPyFast
from alicuda.data.find import VARIABLE
from alicuda.emulator import compilers
from tests import available


@pytest.fixture(autouse=True)
def libraries():
    for library in doctor.LIBRARIES:
        pytest.importorskip(library, reason=f"{library} is not installed, as doctor would say")


def diagnose(capsys, expected=0):
    assert doctor.main(["--json"]) == expected
    report = json.loads(capsys.readouterr().out)
    assert doctor.main([]) == expected
    return report, capsys.readouterr().out


def test_doctor_finds_that_all_is_well(capsys, data, monkeypatch):
    monkeypatch.setenv(VARIABLE, str(data.parent))
    monkeypatch.delenv("ALICUDA_BACKEND", raising=False)
    report, text = diagnose(capsys)
    assert report["works"] and set(report["backends"]) == set(backends.NAMES) - {"auto"}
    for name, check in report["backends"].items():  # each works, or says why it cannot be here
        assert check["works"] is (backends.missing(name) is None) and check["missing"] == backends.missing(name)
        assert check["works"] or f"{name} not here: {check['missing']}" in text
        assert check["pip"] is None or f"\n           {check['pip']}\n" in text
        assert bool(check["runs_on"]) is check["works"]
    default = "numpy" if backends.missing("cuda") else "cuda"
    assert report["backends"]["numpy"]["works"] and report["default_backend"]["name"] == default
    assert report["svhn"]["folder"] == str(data) and report["svhn"]["from"] == "$ALICUDA_DATA"
    assert "a subset" in report["svhn"]["files"]["test_32x32.mat"]["state"]
    assert report["disk_free_gb"] > 0 and all(report["libraries"].values())
    assert f"{default} (the default) works" in text and "alicuda.train svhn" in text


def test_doctor_knows_whole_and_missing_files(capsys, tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    with open(tmp_path / "train_32x32.mat", "wb") as file:
        file.truncate(182_040_794)
    report, text = diagnose(capsys)
    assert [file["state"] for file in report["svhn"]["files"].values()] == ["whole", "missing"]
    assert "lacks a file of SVHN" in text
    (tmp_path / "train_32x32.mat").unlink()
    monkeypatch.setattr("alicuda.data.find.cache", lambda name: tmp_path / "cache" / name)
    report, text = diagnose(capsys)
    assert report["svhn"]["folder"] is None and "no SVHN is there" in text and "try to download SVHN" in text


def test_doctor_finds_a_broken_backend(capsys, monkeypatch):
    monkeypatch.delenv("ALICUDA_BACKEND", raising=False)
    right = NumPyFast.conv2d
    monkeypatch.setattr(NumPyFast, "conv2d", lambda self, x, w, stride: 1.01 * right(self, x, w, stride))
    report, text = diagnose(capsys, cli.FAILED)
    assert not report["works"] and "DOES NOT WORK: conv2d on numpy WRONG" in text and "gradcheck" in text
    monkeypatch.setattr(NumPyFast, "conv2d", lambda *_: 1 / 0)
    assert "ZeroDivisionError" in diagnose(capsys, cli.FAILED)[1]


def test_doctor_says_what_numba_runs_on(capsys, monkeypatch):
    """Never on a simulator where there is a GPU; and which versions it is made of."""
    available.backend("numba")
    check, (line, *_) = check_and_lines("numba")
    assert check["works"] and check["versions"]["numba"] == sys.modules["numba"].__version__
    assert check["simulated"] is available.only_simulated("numba")
    place = "in Numba's simulator" if check["simulated"] else "on "
    assert line.startswith(f"backend    numba works {place}") and f"(numba {check['versions']['numba']}" in line
    assert ("tiny sizes only" in line) is check["simulated"]


def check_and_lines(name):
    check = doctor.check_backend(name)
    return check, doctor.tell_backend(name, check, False)


def test_doctor_names_the_command_for_what_is_missing(monkeypatch):
    monkeypatch.setattr(compilers.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(compilers.shutil, "which", lambda name: None)
    monkeypatch.setenv("CXX", "")
    monkeypatch.setenv("PATH", "/nowhere")
    check, lines = check_and_lines("emulator")
    assert not check["works"] and check["pip"].endswith('-m pip install --upgrade "pyelftools>=0.31" "ziglang>=0.13"')
    assert lines[0].startswith("backend    emulator not here: there is no C++ compiler") and check["pip"] in lines[1]

    monkeypatch.setitem(sys.modules, "numba", None)
    check, lines = check_and_lines("numba")
    assert check["missing"] == "Numba is not installed" and '"numba>=0.60"' in check["pip"] and check["pip"] in lines[1]

    monkeypatch.setitem(sys.modules, "cupy", None)
    monkeypatch.setattr(driver, "gpu_answers", lambda: False)
    check, lines = check_and_lines("cuda")  # pip installs no GPU
    assert check["pip"] is None and "this backend needs one, and its driver" in lines[0] and len(lines) == 1


def test_doctor_names_the_command_for_half_a_backend(monkeypatch):
    available.backend("emulator")
    monkeypatch.setitem(sys.modules, "elftools.elf.elffile", None)
    check, lines = check_and_lines("emulator")
    assert check["works"] and check["lacks"].startswith("pyelftools") and '"pyelftools>=' in check["pip"]
    assert (
        lines[1].endswith("its checked build, the one that names the line of a mistake, does not run")
        and lines[2].strip() == check["pip"]
    )


def test_a_gpu_whose_kernels_do_not_compile_may_lack_a_part(monkeypatch):
    """CuPy without NVRTC, Numba without NVVM: that shows at the first kernel only."""

    def fail(*_):
        raise RuntimeError("libnvrtc.so.13 not found")

    monkeypatch.setattr(backends, "missing", lambda name: None)
    monkeypatch.setattr(backends, "get", lambda name: NumPyFast())
    monkeypatch.setattr(NumPyFast, "conv2d", fail)
    monkeypatch.setattr(driver, "gpu_answers", lambda: True)
    monkeypatch.setattr(driver, "cuda_version", lambda: 13)
    for name in ("cuda", "numba"):
        check, lines = check_and_lines(name)
        assert "DOES NOT WORK: RuntimeError: libnvrtc" in lines[0]
        assert "cupy-cuda13x" in check["pip"] and lines[1].strip() == check["pip"]
    assert check_and_lines("numpy")[0]["pip"] is None


def test_doctor_finds_a_wrong_setting_and_a_missing_library(capsys, monkeypatch):
    monkeypatch.setenv("ALICUDA_BACKEND", "abacus")
    report, text = diagnose(capsys, cli.FAILED)
    assert report["default_backend"]["name"] is None and "unset ALICUDA_BACKEND" in text
    monkeypatch.delenv("ALICUDA_BACKEND")
    monkeypatch.setitem(sys.modules, "pooch", None)
    monkeypatch.delenv(VARIABLE, raising=False)
    report, text = diagnose(capsys, cli.FAILED)
    assert report["libraries"]["pooch"] is None and "pip install pooch" in text and "not known without pooch" in text


def test_doctor_says_where_alicuda_never_ran(monkeypatch):
    assert "tested" in doctor.platform_sentence()
    for system, machine in (("Darwin", "arm64"), ("Windows", "AMD64"), ("Linux", "aarch64")):
        monkeypatch.setattr(doctor.platform, "system", lambda system=system: system)
        monkeypatch.setattr(doctor.platform, "machine", lambda machine=machine: machine)
        assert f"never run on {system} {machine}" in doctor.platform_sentence()


def test_doctor_asks_nvidia_smi(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert doctor.find_gpu() == {"answers": False, "gpus": [], "detail": "no nvidia-smi here"}
    tool = tmp_path / "nvidia-smi"
    for script, gpus in (("echo 'A100, 80 GB, 550'", ["A100, 80 GB, 550"]), ("exit 9", [])):
        tool.write_text(f"#!/bin/sh\n{script}\n")
        tool.chmod(0o755)
        found = doctor.find_gpu()
        assert found["gpus"] == gpus and found["answers"] == bool(gpus)
