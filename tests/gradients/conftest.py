"""Collects what the checks of this folder find into one table.

It is printed where pytest was started on this folder or a part of it, and stored where it was the whole folder and
every cell was computed: `make gradcheck`. Other sessions change no file.
"""

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from alicuda.gradient_table import Table
from tests import available

HERE = Path(__file__).resolve().parent
RESULT = HERE.parent.parent / "benchmarks" / "results" / "gradcheck.md"


@dataclass
class Found:
    """The results of this session, and why cells have none."""

    results: list = field(default_factory=list)
    reasons: dict = field(default_factory=dict)


FOUND = pytest.StashKey[Found]()


def pytest_configure(config):
    config.stash[FOUND] = Found()


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
        request.config.stash[FOUND].results.append(result)
        assert result.passed, str(result)

    return put


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item):
    """The reason of a cell that was skipped."""
    report = yield
    if report.skipped and cell(item):
        item.config.stash[FOUND].reasons[cell(item)] = report.longrepr[2].removeprefix("Skipped: ")
    return report


def pytest_terminal_summary(terminalreporter, config):
    found = config.stash[FOUND]
    if not found.results or not asked_for_here(config):
        return
    table = Table(found.results, reasons=found.reasons)
    terminalreporter.section("gradients")
    for line in table.lines():
        terminalreporter.write_line(line.text, red=line.wrong)
    terminalreporter.write_line(table.below())
    if asked(config) == {HERE} and table.complete:
        RESULT.write_text(table.markdown("make gradcheck"), encoding="utf-8")
        terminalreporter.write_line(f"stored as {RESULT.relative_to(HERE.parent.parent)}")
