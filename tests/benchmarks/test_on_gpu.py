"""What is measured and noted on a GPU, as far as it can be tried without one."""

import dataclasses
import json
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from alicuda import backends, bench_conv
from alicuda.backends.cuda import Cuda
from alicuda.backends.cuda.on_emulator import Emulator
from alicuda.backends.cuda.on_gpu import GPU
from alicuda.backends.cuda.tiles import Shape
from alicuda.backends.numba_.device import Device
from alicuda.backends.numpy_ import NumPy
from alicuda.models.ali import ALI, networks
from alicuda.models.cost import convolutions
from alicuda.models.experiments import default_options
from benchmarks import gpu_bench, gpu_conv, gpu_sanitizer, gpu_timing, ledger, step_vs_torch
from benchmarks.gpu_timing import Times
from tests.kernels import numba_launches

SHAPE = Shape(2, 9, 10, 3, 4, 3, 5, 3, 4, 2)


def test_the_hot_shapes_do_72_percent_of_the_forward_pass():
    found = convolutions(networks("svhn", default_options("svhn")), 100)
    hot = {c.shape[1:] for c in found if c.layer in gpu_conv.HOT}
    share = sum(c.shape.macs for c in found if c.shape[1:] in hot) / sum(c.shape.macs for c in found)
    assert len(hot) == 3 and share == pytest.approx(0.72, abs=0.005)


def test_the_nine_figures():
    ratios = {"g2 3, g1 3": 0.25, "g1 2": 0.5, "g1 5": 1.0, "g1 6": 9.0}
    rows = [
        {"layers": layers, "direction": direction, "ratio": ratio}
        for layers, ratio in ratios.items()
        for direction in bench_conv.DIRECTIONS
    ]
    assert len(gpu_conv.hot(rows)) == 9 and gpu_conv.geometric_mean(gpu_conv.hot(rows)) == pytest.approx(0.5)


def test_the_table_has_a_line_for_each_row():
    times = dataclasses.asdict(Times(1.0, 2.0, 3.0))
    row = {
        "layers": "g1 5",
        "direction": "forward",
        "ours_ms": times,
        "cudnn_ms": times,
        "ratio": 1.0,
        "gflops": 33500.0,
    }
    text = gpu_conv.table([{**row, "share_of_peak": 0.5}, {**row, "share_of_peak": None}])
    assert len(text.splitlines()) == 3 and "50%" in text and "33500" in text


def test_pytorch_is_asked_for_the_same_numbers():
    torch = pytest.importorskip("torch")
    gpu_conv.check(NumPy(), torch, SHAPE, device="cpu")


def test_terms_of_each_direction():
    ones = [np.ones(x.shape) for x in bench_conv.arrays(SHAPE)]
    for direction, call in bench_conv.calls(NumPy(), SHAPE, *ones).items():
        most = gpu_conv.terms(direction, SHAPE)
        assert 0 < call().max() <= most and (direction == "input_grad" or call().max() == most)


class Clock:
    """As much of CuPy as the stopwatch needs. To flush takes 100 ms, and a call what it is told."""

    def __init__(self):
        self.now, self.flushed, self.calls = 0.0, 0, []
        self.cuda = SimpleNamespace(Event=lambda: Event(self), Device=lambda: SimpleNamespace(mem_info=(4096, 8192)),
                                    get_elapsed_time=Event.elapsed)  # fmt: skip

    def empty(self, size, dtype):
        assert size == 1024 and dtype == np.uint8
        return SimpleNamespace(fill=self.flush)

    def flush(self, value):
        self.flushed += 1
        self.now += 100

    def call(self, milliseconds):
        self.calls.append(self.flushed)
        self.now += milliseconds


class Event:
    """Remembers when it was recorded, which it tells once the host has waited for it."""

    def __init__(self, clock):
        self.clock, self.at, self.waited = clock, None, False

    def record(self):
        self.at = self.clock.now

    def synchronize(self):
        self.waited = self.at is not None

    def elapsed(self, stop):
        assert stop.waited, "not ready"
        return stop.at - self.at


def test_the_stopwatch_flushes_before_each_timed_call(monkeypatch):
    clock = Clock()
    monkeypatch.setitem(sys.modules, "cupy", clock)
    milliseconds = iter([50.0] * gpu_timing.WARM_UP + [4.0, 1.0, 2.0, 6.0, 3.0, 5.0])
    assert gpu_timing.Stopwatch(6)(lambda: clock.call(next(milliseconds))) == Times(2.0, 3.5, 5.0)
    assert clock.calls == [0] * gpu_timing.WARM_UP + [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("name, peak", [
    ("NVIDIA H100 80GB HBM3", 67.0), ("NVIDIA H200", 67.0), ("NVIDIA A100-SXM4-80GB", 19.5), ("NVIDIA L40S", 91.6),
    ("NVIDIA L40", 90.5), ("NVIDIA L4", 30.3), ("NVIDIA A10", 31.2), ("Tesla T4", 8.1),
    ("NVIDIA GeForce RTX 3090", 35.6), ("NVIDIA GeForce RTX 3090 Ti", None),
    ("NVIDIA GeForce RTX 4090 Laptop GPU", None), ("NVIDIA A10G", None), ("NVIDIA T400", None),
    ("NVIDIA GH200 480GB", None), ("NVIDIA H200 NVL", None),
])  # fmt: skip
def test_a_card_has_the_peak_of_its_own_name(name, peak):
    assert gpu_timing.peak_tflops(name) == peak


def test_the_ledger_notes_what_ran(monkeypatch, tmp_path):
    name = {"name": b"NVIDIA Imaginary"}
    cuda = SimpleNamespace(
        Device=lambda: SimpleNamespace(id=0), runtime=SimpleNamespace(getDeviceProperties=lambda i: name)
    )
    monkeypatch.setitem(sys.modules, "cupy", SimpleNamespace(cuda=cuda))
    monkeypatch.setattr(ledger, "RESULT", tmp_path / "ledger.json")
    monkeypatch.setattr(GPU, "launched", {("bias.cu", "bias_add")})
    monkeypatch.setattr(Device, "launched", {("bias.py", "bias_grad")})
    ledger.record()
    kept = json.loads((tmp_path / "ledger.json").read_text(encoding="utf-8"))
    for backend, ran in (("cuda", "bias.cu: bias_add"), ("numba", "bias.py: bias_grad")):
        assert kept[backend][ran]["device"] == "NVIDIA Imaginary"
        assert [kernel for kernel, run in kept[backend].items() if run] == [ran]
        assert list(kept[backend]) == ledger.kernels(backend)


def test_compute_sanitizer_is_found_in_cuda_home(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("CUDA_HOME", str(tmp_path / "cuda"))
    tool = tmp_path / "cuda" / "bin" / "compute-sanitizer"
    tool.parent.mkdir(parents=True)
    tool.write_text("#!/bin/sh\n", encoding="utf-8")
    tool.chmod(0o755)
    assert gpu_sanitizer.find() == str(tool)


def test_the_sanitizer_sees_every_kernel():
    launched = set()

    class Watched(Emulator):
        def launch(self, file, kernel, *args, **more):
            launched.add(f"{file}: {kernel}")
            super().launch(file, kernel, *args, **more)

    gpu_sanitizer.run_every_kernel(Cuda(Watched()))
    assert launched == set(ledger.kernels("cuda"))


@pytest.mark.full
def test_the_sanitizer_sees_every_kernel_in_python_too(monkeypatch, capsys):
    if reason := backends.missing("numba"):
        pytest.skip(f"numba: {reason}")
    watched, real = [], numba_launches.signatures
    monkeypatch.setattr(numba_launches, "signatures", lambda: watched.extend(real()))
    gpu_sanitizer.run_every_kernel_in_python()
    assert not watched and "simulator: the kernels in Python were NOT sanitized" in capsys.readouterr().out
    monkeypatch.setattr(gpu_sanitizer, "numba_kernels", SimpleNamespace(simulated=lambda: False))
    gpu_sanitizer.run_every_kernel_in_python()
    assert sorted(": ".join(kernel) for kernel in watched) == sorted(ledger.kernels("numba"))
    monkeypatch.setattr(backends, "missing", lambda name: f"no {name} today")
    gpu_sanitizer.run_every_kernel_in_python()
    assert "no numba today: the kernels in Python were NOT sanitized" in capsys.readouterr().out


def test_our_pictures_are_on_the_device_before_the_clock_starts():
    class Device(NumPy):
        uploads = 0

        def asarray(self, array, dtype=None):
            self.uploads += np.shape(array) == (3, 2)
            return super().asarray(array, dtype)

    with backends.use_backend(Device()) as device:
        step = step_vs_torch.our_step(ALI("mixture", default_options("mixture")), np.ones((3, 2), np.float32))
        assert device.uploads == 1
        step()
        step()
    assert device.uploads == 1


@pytest.mark.skipif(backends.missing("cuda") is None, reason="a GPU is here")
def test_without_a_gpu_they_say_so(capsys, monkeypatch):
    for module in (gpu_bench, gpu_sanitizer):
        monkeypatch.setattr(sys, "argv", ["x"])
        assert module.main() == 2
        assert "no NVIDIA GPU answers" in capsys.readouterr().err
