"""Collects what the checks of this folder find into one table.

It is printed where pytest was started on this folder or a part of it, and stored where it was the whole folder and
every cell was computed: `make gradcheck`. Other sessions change no file. What a test finds travels in its report, which
may come from another process (`pytest -n`).
"""

import json
from pathlib import Path

import pytest

from alicuda.backend_checks import Result
from alicuda.gradient_table import CASES, Table
from tests import available

HERE = Path(__file__).resolve().parent
RESULT = HERE.parent.parent / "benchmarks" / "results" / "gradcheck.md"


def pytest_collection_modifyitems(config, items):
    """The column of Numba's simulator takes half a minute: `make test` has its primitives and a whole training step."""
    if config.getoption("--full") or asked_for_here(config) or not available.only_simulated("numba"):
        return
    slow = [item for item in items if (cell(item) or ("", ""))[1] == "numba"]
    config.hook.pytest_deselected(items=slow)
    items[:] = [item for item in items if item not in slow]


def asked_for_here(config):
    """Whether pytest was started on this folder, or on parts of it."""
    return all(path.is_relative_to(HERE) for path in asked(config))


def asked(config):
    return {(config.invocation_params.dir / argument.split("::")[0]).resolve() for argument in config.args}


def cell(item):
    """The cell of the table that a test computes: the op and the backend."""
    params = getattr(item, "callspec", None) and item.callspec.params
    return (params["case"].op, params["backend"]) if params and {"case", "backend"} <= params.keys() else None


@pytest.fixture
def into_table(request):
    """Puts a result into the table; fails if it is wrong."""

    def put(result):
        row = {**vars(result), "case": CASES.index(result.case)}
        request.node.user_properties.append(("gradient", json.dumps(row)))
        assert result.passed, str(result)

    return put


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item):
    """The reason of a cell that was skipped."""
    report = yield
    if report.skipped and cell(item):
        reason = report.longrepr[2].removeprefix("Skipped: ")
        report.user_properties.append(("no gradient", json.dumps([cell(item), reason])))
    return report


def told(terminalreporter, what):
    """What the tests of this session have put into their reports under that name."""
    reports = [report for some in terminalreporter.stats.values() for report in some]
    reports = [report for report in reports if getattr(report, "when", None) in ("setup", "call")]
    properties = [each for report in reports for each in report.user_properties]
    return [json.loads(text) for name, text in properties if name == what]


def pytest_terminal_summary(terminalreporter, config):
    rows = sorted(told(terminalreporter, "gradient"), key=lambda row: row["case"])
    if not rows or not asked_for_here(config):
        return
    results = [Result(**{**row, "case": CASES[row["case"]]}) for row in rows]
    table = Table(results, reasons={tuple(cell): reason for cell, reason in told(terminalreporter, "no gradient")})
    terminalreporter.section("gradients")
    for line in table.lines():
        terminalreporter.write_line(line.text, red=line.wrong)
    terminalreporter.write_line(table.below())
    if asked(config) == {HERE} and table.complete:
        RESULT.write_text(table.markdown("make gradcheck"), encoding="utf-8")
        terminalreporter.write_line(f"stored as {RESULT.relative_to(HERE.parent.parent)}")
