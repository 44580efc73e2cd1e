"""The ladders' tables as they stand in kernels/ladders/README.md: each step is better than the one before it."""

import argparse
import functools
import json
import re
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from alicuda import bench, bench_ladder, ladders
from alicuda.errors import InputError
from tests.available import checked_build_missing
from tests.ladders import steps

pytestmark = pytest.mark.skipif(checked_build_missing() is not None, reason=str(checked_build_missing()))
LADDERS = [ladder.name for ladder in steps.LADDERS]
README = Path(__file__).resolve().parents[2] / "kernels" / "ladders" / "README.md"


@functools.lru_cache
def found(name):
    return bench_ladder.measure(argparse.Namespace(name=name, write=None))


def without_speeds(table):
    """The rows up to the counts; speeds, device and date are those of another day."""
    rows = [line for line in table.split("\n") if line.startswith("|")]
    return [row.split("|")[1:11] for row in rows]


@pytest.mark.full
@pytest.mark.parametrize("name", LADDERS)
def test_the_table_is_what_is_measured(name):
    _, table, _ = bench_ladder._between(README, name)
    assert without_speeds(table) == without_speeds(bench_ladder.table(found(name)))
    assert all(row["hazards"] == 0 for row in found(name)["steps"])


@pytest.mark.parametrize("name", LADDERS)
def test_each_step_improves_something(name):
    """By the table, which the test above holds to what is measured."""
    _, table, _ = bench_ladder._between(README, name)
    heads, _, *rows = [[cell.strip() for cell in row] for row in without_speeds(table)]
    assert len(rows) == len(ladders.get(name).steps)
    for before, now, step in zip(rows, rows[1:], ladders.get(name).steps[1:], strict=False):
        numbers = [
            (float(re.sub(r"[,]|-way", "", b)), float(re.sub(r"[,]|-way", "", n)))
            for head, b, n in list(zip(heads, before, now, strict=True))[2:]
            if "·" not in (b, n) and head != "FLOP a byte"  # of which more is better; bytes say the same
        ]  # fmt: skip
        assert any(n < b for b, n in numbers), f"{step.name} improves nothing"


def test_a_file_without_markers_is_refused_before_anything_is_measured(tmp_path):
    (tmp_path / "README.md").write_text("no table here", encoding="utf-8")
    with pytest.raises(InputError, match="has no lines <!-- ladder transpose -->"):
        bench_ladder.measure(argparse.Namespace(name="transpose", write=tmp_path / "README.md"))


@pytest.fixture
def quick(monkeypatch):
    """What is written is tested with a small problem."""
    monkeypatch.setattr(bench_ladder.ladders, "get", lambda name: replace(ladders_get(name), table_size=(64, 32)))


ladders_get = ladders.get
MARKED = "before\n<!-- ladder transpose -->\nold\n<!-- end of transpose -->\nbehind, \u00b5\n"


def written(file, text, *options, newline="\n"):
    file.write_bytes(text.replace("\n", newline).encode())
    assert bench.main(["ladder", "transpose", "--write", str(file), *options]) == 0
    return file.read_bytes().decode()


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_the_command_writes_between_the_markers_and_nothing_else(quick, tmp_path, capsys, newline):
    text = written(tmp_path / "README.md", MARKED, newline=newline)
    assert text.count(newline) == text.count("\n") > 8
    text = text.replace(newline, "\n")
    assert text.startswith("before\n<!-- ladder transpose -->\n| step |")
    assert text.endswith("`python -m alicuda.bench ladder transpose`\n<!-- end of transpose -->\nbehind, \u00b5\n")
    assert "written to" in capsys.readouterr().out
    assert written(tmp_path / "README.md", MARKED.replace("old\n", "")).replace(newline, "\n") == text


def test_it_writes_whatever_it_prints_and_where_home_is(quick, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "mine.md").write_text(MARKED, encoding="utf-8")
    assert bench.main(["ladder", "transpose", "--write", "~/mine.md", "--json"]) == 0
    assert "| 01_naive |" in (tmp_path / "mine.md").read_text(encoding="utf-8")
    assert json.loads(capsys.readouterr().out)["write"] == str(tmp_path / "mine.md")


def test_what_is_no_text_is_refused_in_a_sentence(tmp_path):
    (tmp_path / "README.md").write_bytes(MARKED.encode("latin-1"))
    with pytest.raises(InputError, match="is no text in UTF-8"):
        bench.main(["ladder", "transpose", "--write", str(tmp_path / "README.md")])


GPU = {"gflops": 0.0, "gbytes": 1234.5, "seconds": 1.0}


def test_a_machine_without_a_gpu_keeps_the_speeds_of_another(quick, tmp_path):
    found = bench_ladder.measure(argparse.Namespace(name="transpose", write=None))
    for row in found["steps"][1:]:
        row |= GPU
    found["steps"][0] |= GPU | {"share_of_peak": 0.257}
    measured = bench_ladder.table(found | {"gpu": "NVIDIA H200, 150 GB", "date": "2027-01-02T"})
    assert "speeds at 8192 x 8192 on NVIDIA H200, 150 GB, 2027-01-02. `python" in measured
    text = written(tmp_path / "README.md", MARKED.replace("old", measured.replace("| 03_padded", "| 03_before")))
    assert "speeds at 8192 x 8192 on NVIDIA H200, 150 GB, 2027-01-02. `python" in text
    rows = {line.split("|")[1].strip(): line for line in text.splitlines() if line.startswith("|")}
    assert rows["step"].endswith("| GFLOP/s | GB/s | share of peak |")
    assert rows["01_naive"].endswith("| 0 | 1,234 | 26% |") and rows["02_tiled"].endswith("| 0 | 1,234 | \u00b7 |")
    assert rows["03_padded"].endswith("| \u00b7 | \u00b7 | \u00b7 |") and "2027" not in rows["03_padded"]
    assert f"Counted by xray at 64 x 32, {datetime.now():%Y-%m-%d}; speeds" in text


def test_a_gpu_measures_its_own(quick, tmp_path, monkeypatch):
    monkeypatch.setattr(bench_ladder.on_gpu, "missing", lambda: None)
    monkeypatch.setattr(bench_ladder.on_gpu, "GPU", lambda: argparse.Namespace(words=lambda: "NVIDIA L4, 24 GB"))
    monkeypatch.setattr(bench_ladder, "speed", lambda step, ladder, gpu: GPU | {"gbytes": 99.0})
    heads = "| step | GFLOP/s | GB/s | share of peak |\n|---|---|---|---|"
    old = f"{heads}\n| 01_naive | 1 | 2 | 3% |\n\n; speeds at 1 on X, D. `python -m alicuda.bench ladder transpose`"
    text = written(tmp_path / "README.md", MARKED.replace("old", old))
    assert text.count("| 0 | 99 | \u00b7 |") == 4 and "on NVIDIA L4, 24 GB, 20" in text and "on X" not in text
