"""What is measured and noted on a GPU, as far as it can be tried without one."""

import dataclasses
import json
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from alicuda import backends
from alicuda.backends.cuda.on_gpu import GPU
from alicuda.backends.cuda.tiles import Shape
from alicuda.backends.numpy_ import NumPy
from alicuda.models.ali import networks
from alicuda.models.cost import convolutions
from alicuda.models.experiments import default_options
from benchmarks import gpu_bench, gpu_conv, gpu_sanitizer, gpu_timing, ledger
from benchmarks.gpu_timing import Times

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
        for direction in gpu_conv.DIRECTIONS
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
    ones = [np.ones(x.shape) for x in gpu_conv.arrays(SHAPE)]
    for direction, call in gpu_conv.ours(NumPy(), SHAPE, *ones).items():
        most = gpu_conv.terms(direction, SHAPE)
        assert 0 < call().max() <= most and (direction == "input_grad" or call().max() == most)


class Clock:
    """As much of CuPy as the stopwatch needs; an event is 2 ms after the one before."""

    def __init__(self):
        self.now, self.flushed = 0.0, 0
        self.cuda = SimpleNamespace(Event=lambda: SimpleNamespace(record=self.tick, synchronize=lambda: None),
                                    Device=lambda: SimpleNamespace(mem_info=(4096, 8192)),
                                    get_elapsed_time=lambda start, stop: 2.0)  # fmt: skip

    def tick(self):
        self.now += 2

    def empty(self, size, dtype):
        assert size == 1024 and dtype == np.uint8
        return SimpleNamespace(fill=self.flush)

    def flush(self, value):
        self.flushed += 1


def test_the_stopwatch_flushes_before_each_timed_call(monkeypatch):
    clock, calls = Clock(), []
    monkeypatch.setitem(sys.modules, "cupy", clock)
    times = gpu_timing.Stopwatch(5)(lambda: calls.append(clock.flushed))
    assert times == Times(2.0, 2.0, 2.0)
    assert calls == [0] * gpu_timing.WARM_UP + [1, 2, 3, 4, 5]


def test_the_ledger_notes_what_ran(monkeypatch, tmp_path):
    name = {"name": b"NVIDIA Imaginary"}
    cuda = SimpleNamespace(
        Device=lambda: SimpleNamespace(id=0), runtime=SimpleNamespace(getDeviceProperties=lambda i: name)
    )
    monkeypatch.setitem(sys.modules, "cupy", SimpleNamespace(cuda=cuda))
    monkeypatch.setattr(ledger, "RESULT", tmp_path / "ledger.json")
    monkeypatch.setattr(GPU, "launched", {("bias.cu", "bias_add")})
    ledger.record()
    kept = json.loads((tmp_path / "ledger.json").read_text(encoding="utf-8"))["cuda"]
    assert kept["bias.cu: bias_add"]["device"] == "NVIDIA Imaginary" and kept["bias.cu: bias_grad"] is None
    assert list(kept) == ledger.kernels()


def test_compute_sanitizer_is_found_in_cuda_home(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("CUDA_HOME", str(tmp_path / "cuda"))
    tool = tmp_path / "cuda" / "bin" / "compute-sanitizer"
    tool.parent.mkdir(parents=True)
    tool.write_text("#!/bin/sh\n", encoding="utf-8")
    tool.chmod(0o755)
    assert gpu_sanitizer.find() == str(tool)


@pytest.mark.skipif(backends.missing("cuda") is None, reason="a GPU is here")
def test_without_a_gpu_they_say_so(capsys, monkeypatch):
    for module in (gpu_bench, gpu_sanitizer):
        monkeypatch.setattr(sys, "argv", ["x"])
        assert module.main() == 2
        assert "CuPy" in capsys.readouterr().err
