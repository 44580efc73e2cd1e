"""doctor: what it finds, on this machine and on others."""

import json
import sys

import pytest

from alicuda import backends, cli, doctor
from alicuda.backends.numpy_fast import NumPyFast
from alicuda.data.find import VARIABLE


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
