from __future__ import annotations

import signal

import pytest
from tiny import STEPS, arguments, drive, make_svhn

from alicuda import cli, train
from alicuda.training import pictures
from alicuda.training.schedule import Schedule


@pytest.fixture(scope="session")
def svhn(tmp_path_factory):
    return make_svhn(tmp_path_factory.mktemp("data") / "svhn")


@pytest.fixture(scope="session")
def uninterrupted(tmp_path_factory, svhn):
    """The run that killed and interrupted ones must end equal to."""
    place = tmp_path_factory.mktemp("uninterrupted")
    done = drive(place, "never", arguments(svhn, "--steps", STEPS, "--out", "run"))
    assert done.returncode == 0 and done.stderr == "", done.stderr
    return place / "run"


@pytest.fixture
def run_train(monkeypatch, tmp_path, capsys):
    """run_train(*arguments) -> (status, stdout, stderr) of the command, run in this process, in tmp_path, with the
    driver's schedule and without curves, which cost half a second each."""

    def run(*argv: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as exit:
            cli.run(lambda: train.main([str(argument) for argument in argv]))
        captured = capsys.readouterr()
        return exit.value.code, captured.out, captured.err

    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ALICUDA_DATA", raising=False)
    monkeypatch.setattr(Schedule, "of", staticmethod(lambda steps: Schedule(steps, log_every=2, look_every=4)))
    monkeypatch.setattr(pictures, "curves", lambda metrics, path, title: path.write_text(title, "utf-8"))
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore Ctrl-C
    yield run
    signal.signal(signal.SIGINT, before)
