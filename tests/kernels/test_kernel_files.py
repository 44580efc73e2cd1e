"""What every file of `kernels/cuda/` keeps to."""

import json
import re

import numpy as np
import pytest

from alicuda import kernel_source, numba_kernels
from alicuda.backends.numba_.device import Device
from benchmarks import ledger
from tests import available
from tests.kernels import map as kernel_map

FOLDER = kernel_source.kernels_folder() / "cuda"
FILES = sorted([*FOLDER.glob("*.cu"), *FOLDER.glob("*.cuh")])


def name(path):
    return path.name


def text(path):
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", FILES, ids=name)
def test_a_file_is_small_and_begins_with_what_it_is_about(path):
    lines = text(path).splitlines()
    assert len(lines) <= 400
    assert max(map(len, lines)) <= 130, "a line fits on a screen"
    assert lines[0].startswith("// "), "a header says what the file is about"


@pytest.mark.parametrize("path", FILES, ids=name)
def test_a_file_needs_nothing_from_outside_and_holds_no_host_code(path):
    code = kernel_source.Source(path.name, text(path)).plain
    assert not re.search(r"#\s*include\s*<", text(path)), "no system headers: NVRTC and the emulator have none"
    assert "<<<" not in code, "the host launches"
    assert not re.search(r"\basm\b", code), "no inline PTX: the emulator has none"


@pytest.mark.parametrize("path", FILES, ids=name)
def test_every_kernel_is_found_by_its_name(path):
    """Each `__global__` function is `extern "C"`, and its parameters are ones that a launch can check."""
    source = kernel_source.load(path)
    assert len(source.kernels) == len(re.findall(r"\b__global__\b", source.plain))
    assert bool(source.kernels) == (path.suffix == ".cu"), "kernels are in .cu files, what they share in .cuh files"


def test_every_kernel_is_launched_and_the_map_says_by_what():
    launched = kernel_map.launches()
    assert {f"{file}: {kernel}" for found in launched.values() for file, kernel in found} == set(ledger.kernels("cuda"))
    if reason := numba_kernels.missing():
        pytest.skip(f"the map's kernels in Python: {reason}")
    kept = kernel_map.RESULT.read_text(encoding="utf-8")
    assert kernel_map.page(launched, kernel_map.python_launches()) == kept, "run: python -m tests.kernels.map"


@pytest.mark.parametrize(
    "commit, told", [("0123456789abcdef", "0123456789"), ("0123456789abcdef+", "0123456789+"), (None, "unknown")]
)
def test_the_map_tells_the_commit_of_a_run(monkeypatch, commit, told):
    ran = {"device": "NVIDIA Imaginary", "date": "2026-01-02", "commit": commit}
    kept = {"cuda": {"bias.cu: bias_add": ran, "bias.cu: bias_grad": None}, "numba": {"bias.py: bias_add": ran}}
    monkeypatch.setattr(ledger, "read", lambda: kept)
    lines = kernel_map.page({}, {}).splitlines()[-3:]
    assert lines == [f"| bias.cu | bias_add | NVIDIA Imaginary, 2026-01-02, commit {told} |",
                     "| bias.cu | bias_grad | never run on a GPU |",
                     f"| bias.py | bias_add | NVIDIA Imaginary, 2026-01-02, commit {told} |"]  # fmt: skip


def test_the_ledger_knows_every_kernel_and_no_other():
    kept = json.loads(ledger.RESULT.read_text(encoding="utf-8"))
    assert kept == ledger.read(), "run: python -m benchmarks.ledger"
    runs = [run for kernels in kept.values() for run in kernels.values()]
    assert all(run is None or set(run) == {"device", "date", "commit"} for run in runs)


def test_the_simulator_is_no_gpu():
    """What runs in Numba's simulator is not entered."""
    backend = available.backend("numba")
    backend.to_numpy(backend.exp(backend.asarray(np.ones(3, np.float32))))
    assert bool(Device.launched) == (not numba_kernels.simulated())


def test_no_two_kernels_have_the_same_name():
    kernels = [kernel for path in FILES if path.suffix == ".cu" for kernel in kernel_source.load(path).kernels]
    assert len(set(kernels)) == len(kernels)
