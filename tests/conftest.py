"""`--full` adds the tests that only `make test-all` runs; `--require-gpu` makes a missing GPU a failure.

A test that names no backend is about `numpy`, also on a machine where the default would be a GPU.
"""

import os
import signal
from pathlib import Path

import pytest

from alicuda import backends
from alicuda.errors import InputError
from tests import available

os.environ.setdefault("ALICUDA_BACKEND", "numpy")
# The programs that tests start find this checkout, whether it is installed or not.
_found = [str(Path(__file__).parent.parent), os.environ.get("PYTHONPATH", "")]
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, _found))


def pytest_addoption(parser):
    parser.addoption("--full", action="store_true", help="also run the tests marked full (make test-all)")
    parser.addoption("--require-gpu", action="store_true", help="fail where a GPU is missing, and fill the ledger")


def pytest_configure(config):
    available.gpu_required = config.getoption("--require-gpu")
    if available.gpu_required and config.getoption("numprocesses", None):
        raise pytest.UsageError("--require-gpu takes one process, whose launches fill the ledger: leave -n away")


def pytest_collection_modifyitems(config, items):
    if not config.getoption("--full"):
        full = [item for item in items if item.get_closest_marker("full")]
        config.hook.pytest_deselected(items=full)
        items[:] = [item for item in items if not item.get_closest_marker("full")]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    """The emulator's checked build needs pyelftools: tests that come to it without are skipped."""
    try:
        return (yield)
    except InputError as error:
        if str(error) == available.checked_build_missing():
            pytest.skip(str(error))
        raise


def pytest_sessionfinish(session, exitstatus):
    """What ran on a GPU in a session without a failure is entered into the ledger."""
    if available.gpu_required and exitstatus == pytest.ExitCode.OK:
        from benchmarks import ledger

        ledger.record()


@pytest.fixture(params=list(backends.FACTORIES))
def backend(request):
    """Every backend in turn; one that is not here is skipped, with the reason."""
    return available.backend(request.param)


@pytest.fixture(params=["cuda", "emulator"])
def device_backend(request):
    """The backend of the CUDA kernels on each of its devices."""
    return available.backend(request.param)


@pytest.fixture(scope="session")
def gpu():
    """The `cuda` backend on a GPU."""
    return available.backend("cuda")


@pytest.fixture
def ctrl_c():
    """Ctrl-C as in a terminal: a shell's background jobs ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
