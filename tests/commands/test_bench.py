"""bench: what it measures, and what it prints."""

import json
from dataclasses import replace

import numpy as np
import pytest

from alicuda import bench, cli
from alicuda.errors import InputError
from alicuda.models.experiments import default_options
from alicuda.training import presets
from alicuda.training.step import TrainingStep


@pytest.mark.parametrize("experiment, batch, parameters", [("svhn", 1, 10_366_145), ("mixture", 100, 1_056_005)])
def test_bench_step(experiment, batch, parameters, capsys):
    arguments = [] if experiment == "mixture" else ["--batch-size", "1"]
    assert bench.main(["step", "--experiment", experiment, "--repeats", "3", "--json", *arguments]) == 0
    found = json.loads(capsys.readouterr().out)
    expected = {"what": "step", "experiment": experiment, "preset": "paper", "batch_size": batch, "backend": "numpy",
                "repeats": 3}  # fmt: skip
    assert {key: found[key] for key in expected} == expected and found["parameters"] == parameters
    assert 0 < found["seconds_per_step_min"] <= found["seconds_per_step"]
    assert found["gflops"] == pytest.approx(found["gflop_per_step"] / found["seconds_per_step"])
    assert found["machine"]["cores"] >= 1 and "numpy" in found["versions"] and found["date"][:2] == "20"


def test_bench_takes_the_median_of_the_steps_that_are_warm(monkeypatch, capsys):
    now = [0.0]
    steps = iter([100, 100, 1, 9, 3])  # two to warm up

    def fake_step(self, x):
        assert x.shape == (2, 2) and x.dtype == np.float32
        now[0] += next(steps)

    monkeypatch.setattr(TrainingStep, "run", fake_step)
    monkeypatch.setattr(bench.time, "perf_counter", lambda: now[0])
    arguments = ["step", "--experiment", "mixture", "--batch-size", "2", "--repeats", "3"]
    assert bench.main([*arguments, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["seconds_per_step"], found["seconds_per_step_min"]) == (3, 1)
    steps = iter([100, 100, 1, 9, 3])
    assert bench.main(arguments) == 0
    assert "3 s a step (median of 3; fastest 1 s), 1 pictures/s" in capsys.readouterr().out


def test_bench_measures_the_step_that_quick_trains(monkeypatch, capsys):
    trained = []

    def keep(self, x):
        trained.append((self.model.options, x.shape))

    monkeypatch.setattr(TrainingStep, "run", keep)
    assert bench.main(["step", "--preset", "quick", "--repeats", "1", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["preset"], found["batch_size"]) == ("quick", 32)
    options, shape = trained[0]
    assert shape == (32, 32, 32, 3)
    assert options == replace(default_options("svhn"), **presets.QUICK["svhn"].options)
    assert bench.main(["step", "--preset", "quick", "--batch-size", "2", "--repeats", "1"]) == 0
    assert "svhn, preset quick" in capsys.readouterr().out and trained[-1][1] == (2, 32, 32, 3)


@pytest.mark.parametrize("arguments, message", [
    (["--preset", "nope"], "unknown preset 'nope': choose one of quick, paper"),
    (["--preset", "quick", "--experiment", "cifar10"], "cifar10 has no quick preset, only svhn and mixture and celeba"),
])  # fmt: skip
def test_bench_names_the_presets_that_there_are(arguments, message):
    with pytest.raises(InputError, match=message):
        bench.main(["step", *arguments])


@pytest.mark.parametrize("repeats", [0, 1])
def test_bench_conv(repeats, capsys):
    arguments = ["conv", "--experiment", "mixture", "--batch-size", "2", "--repeats", str(repeats)]
    assert bench.main([*arguments, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    rows = found["convolutions"]
    assert [row["direction"] for row in rows[:3]] == ["forward", "input_grad", "weight_grad"]
    assert all(row["executed_macs"] >= row["macs"] > 0 and ("gflops" in row) == bool(repeats) for row in rows)
    assert bench.main(arguments) == 0
    out = capsys.readouterr().out
    assert ("counted, not run" in out) != bool(repeats) and out.count("weight_grad") == len(rows) / 3


def test_bench_tells_no_time_of_a_broken_step(monkeypatch, capsys):
    monkeypatch.setattr(TrainingStep, "healthy", lambda self: False)
    assert bench.main(["step", "--experiment", "mixture", "--repeats", "1", "--json"]) == cli.FAILED
    out = capsys.readouterr()
    assert not out.out and "not finite" in out.err
    with pytest.raises(InputError, match="unknown experiment 'nope'"):
        bench.main(["step", "--experiment", "nope"])
