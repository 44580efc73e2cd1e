"""Exit status, and what goes to which stream, of all commands but train."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from alicuda import bench, cli, doctor, encode, gradcheck, interpolate, reconstruct, sample
from alicuda.errors import InputError

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.mark.parametrize("arguments", [
    [sample], [sample, "RUN", "-n", "0"], [sample, "RUN", "-n", "x"], [encode, "RUN"],
    [sample, "RUN", "-n", "1000000000"], [sample, "RUN", "--seed", "-1"],
    [reconstruct, "RUN", "--draws", "0"], [reconstruct, "RUN", "-n", "0"], [interpolate, "RUN", "-n", "-3"],
    [bench], [bench, "nothing"], [bench, "step", "--repeats", "0"], [gradcheck, "--seed", "x"], [doctor, "more"],
], ids=str)  # fmt: skip
def test_usage(arguments, capsys):
    command, *arguments = arguments
    with pytest.raises(SystemExit) as exit:
        command.main(arguments)
    assert exit.value.code == cli.USAGE
    err = capsys.readouterr().err
    assert len(err.splitlines()) == 1 and "--help" in err


def test_unknown_backend(run):
    for arguments in ([sample, str(run)], [bench, "step"], [gradcheck]):
        with pytest.raises(InputError, match="unknown backend 'abacus'"):
            arguments[0].main([*arguments[1:], "--backend", "abacus"])


def shell(*command, **env):
    started = [sys.executable, "-m", *map(str, command)]
    return subprocess.run(started, capture_output=True, text=True, cwd=ROOT, env={**os.environ, **env}, timeout=120)


def test_exit_status_and_streams(run, tmp_path):
    done = shell("alicuda.sample", run, "-n", "3")
    assert done.returncode == 0 and str(run) in done.stdout and not done.stderr
    for command in (["alicuda.sample", tmp_path / "nowhere"], ["alicuda.gradcheck", "--op", "nope"]):
        wrong = shell(*command)
        assert wrong.returncode == 2 and not wrong.stdout
        assert wrong.stderr.startswith("alicuda: ") and len(wrong.stderr.splitlines()) == 1
    found = shell("alicuda.bench", "step", "--experiment", "mixture", "--repeats", "1", "--json")
    assert found.returncode == 0 and json.loads(found.stdout)["what"] == "step"
    broken = shell("alicuda.doctor", "--json", ALICUDA_BACKEND="abacus")
    assert broken.returncode == 1 and json.loads(broken.stdout)["works"] is False
