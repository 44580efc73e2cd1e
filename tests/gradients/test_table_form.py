"""What the table says: no cell is empty, every dash has its reason, what is wrong says so."""

import math
import re
import subprocess
import sys
from pathlib import Path

import pytest

from alicuda import backends
from alicuda.backend_checks import ORACLE, Result
from alicuda.gradient_table import CASES, NOT_COMPUTED, OPS, Table

ROOT = Path(__file__).resolve().parent.parent.parent
STORED = ROOT / "benchmarks" / "results" / "gradcheck.md"
NO_GPU = "no GPU is here"
COLUMNS = (ORACLE, *backends.FACTORIES)


@pytest.fixture(autouse=True)
def no_gpu(monkeypatch):
    monkeypatch.setattr(backends, "missing", lambda name: NO_GPU if name == "cuda" else None)
    monkeypatch.setattr(backends, "get", lambda name: None)  # what executes it is the machine


def results(error=2e-9):
    """A result for every case in every column but that of the missing backend."""
    columns = [column for column in COLUMNS if column != "cuda"]
    return [Result(case, column, "all", error, 1e-6, "all", 1) for case in CASES for column in columns]


def cells(line):
    return [cell.strip() for cell in line.strip("|").split("|")]


def rows(markdown):
    return {cells(line)[0]: cells(line)[1:] for line in markdown.splitlines() if line.startswith("| ")}


def test_every_cell_says_something():
    table = Table(results())
    assert table.complete and not table.wrong and table.notes() == [f"cuda: {NO_GPU}"]
    found = rows(table.markdown("make gradcheck"))
    assert list(found) == ["op", "---", *OPS]
    for op in OPS:
        by_column = dict(zip(found["op"], found[op], strict=True))
        assert by_column.pop("cuda") == "-[1]" and {by_column.pop(c) for c in COLUMNS if c != "cuda"} == {"2.0e-9"}
        assert by_column["allowed"] == "1.0e-6" and int(by_column["kinks stepped around"]) > 0
    assert found["leaky_relu"][-2] == "3x33; 129" and "22 parameters of G1 and G2" in found["ali_loss_g"][-2]
    assert f"* [1] cuda: {NO_GPU}" in table.markdown("x") and f"[1] cuda: {NO_GPU}" in table.below()


@pytest.mark.parametrize("error, shown", [(0.5, "5.0e-1!"), (math.inf, "inf!"), (math.nan, "nan!")])
def test_a_wrong_cell_says_so(error, shown):
    found = results()
    place = next(i for i, r in enumerate(found) if (r.case.op, r.backend) == ("conv2d", "numpy"))
    found[place] = Result(CASES[0], "numpy", "oracle", error, 1e-6, "result")
    table = Table(found)
    assert table.wrong == [found[place]] and f"1 of the {len(found)} checks" in table.verdict()
    wrong = [line.text for line in table.lines() if line.wrong]
    assert len(wrong) == 1 and wrong[0].split()[:3] == ["conv2d", "2.0e-9", shown] and wrong[0].endswith("WRONG")
    assert table.markdown("x").count("WRONG") == 1 and f"| **{shown} WRONG** |" in table.markdown("x")


def test_a_wrong_shape_is_not_hidden_by_a_larger_error_that_is_allowed():
    case = CASES[0]
    found = [Result(case, ORACLE, "x", 2e-3, 1e-2, "x"), Result(case, ORACLE, "x", 1e-3, 1e-4, "x")]
    assert Table(found, ops=["conv2d"]).cell("conv2d", ORACLE) == "1.0e-3!"


def test_what_was_not_computed_has_its_reason():
    found = [r for r in results() if (r.case.op, r.backend) != ("exp", "numpy")]
    table = Table(found)
    assert not table.complete and table.notes() == [f"cuda: {NO_GPU}", NOT_COMPUTED]
    assert table.cell("exp", "numpy") == "-[2]"
    assert Table(found, reasons={("exp", "numpy"): "too slow"}).complete
    some = [r for r in results() if (r.case.tried, r.backend) != ("129", "emulator")]  # a shape of two is left out
    assert not Table(some).complete
    told = Table(some, reasons={(op, "emulator"): "129 is too large" for op in ("leaky_relu", "softplus")})
    assert told.complete and told.cell("leaky_relu", "emulator") == "2.0e-9[2]" and "[2] 129 is too" in told.below()


def test_fits_into_a_terminal_even_where_all_is_wrong():
    table = Table(results(0.5))
    assert len(table.lines()) == 1 + len(OPS) and all(line.wrong for line in table.lines()[1:])
    assert all(len(line) <= 100 for line in table.text(colour=False).splitlines())


def test_the_stored_table_is_of_these_ops_and_backends_and_right():
    """A new op, shape or backend needs `make gradcheck`."""
    text = STORED.read_text(encoding="utf-8")
    found = rows(text)
    assert list(found) == ["op", "---", *OPS] and found["op"][: len(COLUMNS)] == list(COLUMNS)
    for op in OPS:
        assert found[op][-2] == "; ".join(case.tried for case in CASES if case.op == op)
        for cell in found[op][: len(COLUMNS)]:
            note = re.fullmatch(r"-\[(\d+)\]", cell)
            assert f"\n* [{note[1]}] " in text if note else float(cell) < 1e-4, (op, cell)
    assert NOT_COMPUTED not in text and "WRONG" not in text


def test_a_part_of_the_checks_prints_its_table_and_stores_nothing():
    before = STORED.read_bytes()
    command = [sys.executable, "-m", "pytest", "tests/gradients", "-k", "test_finite_differences and exp-31"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "all 2 checks" in done.stdout and NOT_COMPUTED in done.stdout and "stored" not in done.stdout
    assert STORED.read_bytes() == before
