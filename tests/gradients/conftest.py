"""Collects what the checks of this folder find into one table.

It is printed where pytest was started on this folder or a part of it, and stored where it was the whole folder and
every cell was computed: `make gradcheck`. Other sessions change no file.
"""

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from alicuda.gradient_table import Table

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
    asked = getattr(item, "callspec", None)
    if report.skipped and asked and {"case", "backend"} <= asked.params.keys():
        reason = report.longrepr[2].removeprefix("Skipped: ")
        item.config.stash[FOUND].reasons[asked.params["case"].op, asked.params["backend"]] = reason
    return report


def pytest_terminal_summary(terminalreporter, config):
    found = config.stash[FOUND]
    started = config.invocation_params.dir
    asked = {(started / argument.split("::")[0]).resolve() for argument in config.args}
    if not found.results or not all(path.is_relative_to(HERE) for path in asked):
        return
    table = Table(found.results, reasons=found.reasons)
    terminalreporter.section("gradients")
    for line in table.lines():
        terminalreporter.write_line(line.text, red=line.wrong)
    terminalreporter.write_line(table.below())
    if asked == {HERE} and table.complete:
        RESULT.write_text(table.markdown("make gradcheck"), encoding="utf-8")
        terminalreporter.write_line(f"stored as {RESULT.relative_to(HERE.parent.parent)}")
