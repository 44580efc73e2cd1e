"""docs/debugging.md: its files and its session with gdb, as they stand there."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "debugging.md").read_text(encoding="utf-8")


def blocks(language):
    fenced = re.findall(r"^```(\w*)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    return [text for kind, text in fenced if kind == language]


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "blur.cu").write_text(blocks("cuda")[0])
    (tmp_path / "blur.py").write_text(blocks("python")[0])
    return tmp_path


def test_the_kernel_prints_what_the_page_says(folder):
    done = subprocess.run([sys.executable, "blur.py"], cwd=folder, capture_output=True, text=True)
    printed = re.search(r"It prints `(.*?)`", PAGE)[1]
    assert done.stdout.strip() == printed, done.stderr


@pytest.mark.skipif(shutil.which("gdb") is None, reason="gdb is not installed")
def test_the_session_with_gdb(folder):
    commands = "".join(blocks("gdb"))
    assert "break blur.cu:" in commands and "print threadIdx" in commands
    (folder / "session.gdb").write_text(commands)
    command = ["gdb", "-q", "-batch", "-nx", "-x", "session.gdb", "--args", sys.executable, "blur.py"]
    environment = {**os.environ, "ALICUDA_CACHE": str(folder / "cache"), "DEBUGINFOD_URLS": ""}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120)
    if "ptrace: Operation not permitted" in done.stderr:
        pytest.skip("this machine lets no process trace another")
    said = done.stdout
    assert "hit Breakpoint 1, blur (" in said, said + done.stderr
    at = 0
    for line in blocks("")[-1].splitlines():
        assert line in said[at:], f"gdb does not say {line!r}:\n{said}{done.stderr}"
        at = said.index(line, at)
    assert re.search(r"It prints `(.*?)`", PAGE)[1] in said, "it went on to the end"
