"""Each of the mistakes in breaks.py turns its rows of the table red, and gradcheck's exit status is 1."""

import json
import sys

import numpy as np
import pytest

from alicuda import cli, finite_differences, gradcheck
from alicuda.gradient_cases import CASES as OP_CASES
from alicuda.gradient_table import OPS
from alicuda.models.loss_cases import LOSS_CASES
from tests import available
from tests.gradients.breaks import BREAKS


def red(capsys, *arguments):
    """What gradcheck finds wrong: {op: {backend, ...}}; and its exit status."""
    status = gradcheck.main([*arguments, "--json"])
    found = json.loads(capsys.readouterr().out)
    rows = {}
    for check in found["checks"]:
        if not check["passed"]:
            rows.setdefault(check["op"], set()).add(check["backend"])
    return rows, status


@pytest.fixture
def one_direction(monkeypatch):
    """For each input instead of three: a formula that is wrong everywhere is so along any."""
    monkeypatch.setattr(finite_differences, "DIRECTIONS", 1)


def of_the_losses(broken):
    """Finite differences of the whole of ALI take their time: for most breaks in `make test-all` only."""
    return pytest.param(broken, marks=() if broken.file in ("ops.conv_transpose2d", "ops.mean") else pytest.mark.full)


def check(broken, cases, monkeypatch, capsys):
    monkeypatch.setattr(gradcheck, "CASES", cases)
    broken.make(monkeypatch)
    with np.errstate(all="ignore"):
        rows, status = red(capsys, "--backend", "numpy")
    assert set(rows) == set(broken.red) & {case.op for case in cases}
    assert status == (cli.FAILED if rows else cli.DONE)
    assert all("oracle" in where for where in rows.values()), "finite differences need no backend to notice"


@pytest.mark.parametrize("broken", BREAKS, ids=str)
def test_exactly_the_ops_that_use_it_turn_red(broken, monkeypatch, capsys):
    check(broken, OP_CASES, monkeypatch, capsys)


@pytest.mark.parametrize("broken", [of_the_losses(broken) for broken in BREAKS], ids=str)
def test_exactly_the_losses_that_use_it_turn_red(broken, monkeypatch, capsys, one_direction):
    check(broken, LOSS_CASES, monkeypatch, capsys)


def test_every_row_is_turned_red_by_a_break_that_leaves_most_others():
    assert {op for broken in BREAKS for op in broken.red if len(broken.red) < 5} == set(OPS) - {"sum"}


WRONG = {
    "scaled": lambda dx: dx * np.float32(1.001),
    "nan": lambda dx: dx * np.float32("nan"),
    "float64": lambda dx: dx.astype(np.float64),
}


@pytest.mark.parametrize("name, op, rows, wrong", [
    *(("numpy", "sigmoid", {"sigmoid", "ali_loss_g"}, wrong) for wrong in WRONG),
    ("emulator", "exp", {"exp"}, "scaled"),
])  # fmt: skip
def test_a_wrong_backend_turns_red_its_own_cells(name, op, rows, wrong, monkeypatch, capsys, one_direction):
    backend = available.backend(name)
    right = getattr(backend, f"{op}_grad")
    monkeypatch.setattr(backend, f"{op}_grad", lambda *arguments: WRONG[wrong](right(*arguments)))
    assert red(capsys, "--backend", name) == ({row: {name} for row in rows}, cli.FAILED)


@pytest.mark.parametrize("terminal, no_color, is_red", [(True, "", True), (True, "1", False), (False, "", False)])
def test_red_in_a_terminal_and_wrong_in_words(terminal, no_color, is_red, monkeypatch, capsys):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal)
    monkeypatch.setenv("NO_COLOR", no_color)
    next(broken for broken in BREAKS if broken.file == "ops.exp").make(monkeypatch)
    assert gradcheck.main(["--backend", "numpy", "--op", "exp"]) == cli.FAILED
    out = capsys.readouterr()
    row = next(line for line in out.out.splitlines() if "exp " in line)
    assert "WRONG" in row and row.count("!") == 1, "the backend computes what the oracle does"
    assert row.startswith("\033[31m") is row.endswith("\033[0m") is is_red
    assert out.out.count("\033") == 2 * is_red and "exp on oracle WRONG against finite differences" in out.err
