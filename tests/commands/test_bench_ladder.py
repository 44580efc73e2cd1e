"""The ladders' tables as they stand in kernels/ladders/README.md: each step is better than the one before it."""

import argparse
import functools
import re
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
        assert any(n < b for b, n in numbers) or step.only_on_gpu, f"{step.name} improves nothing"


def test_few_steps_say_that_only_a_gpu_shows_their_gain():
    assert sum(bool(step.only_on_gpu) for name in LADDERS for step in ladders.get(name).steps) <= 2


def test_a_file_without_markers_is_refused_before_anything_is_measured(tmp_path):
    (tmp_path / "README.md").write_text("no table here", encoding="utf-8")
    with pytest.raises(InputError, match="has no lines <!-- ladder transpose -->"):
        bench_ladder.measure(argparse.Namespace(name="transpose", write=tmp_path / "README.md"))


def test_the_command_writes_between_the_markers_and_nothing_else(tmp_path, capsys):
    file = tmp_path / "README.md"
    file.write_text("before\n<!-- ladder transpose -->\nold\n<!-- end of transpose -->\nbehind\n", encoding="utf-8")
    assert bench.main(["ladder", "transpose", "--write", str(file)]) in (None, 0)
    text = file.read_text(encoding="utf-8")
    assert text.startswith("before\n<!-- ladder transpose -->\n| step |")
    assert text.endswith("`python -m alicuda.bench ladder transpose`\n<!-- end of transpose -->\nbehind\n")
