"""Commands in README and docs are what the parsers and the Makefile accept; links lead to files."""

import importlib
import re
import shlex
from pathlib import Path

import pytest

from tests import available

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "docs/architecture.md", "benchmarks/README.md",
         "docs/emulator.md", "docs/debugging.md", "docs/numba.md", "docs/what-xray-counts.md", "docs/xray.md",
         "kernels/README.md", "kernels/ladders/README.md")]  # fmt: skip
TEXT = {page: page.read_text(encoding="utf-8") for page in PAGES}
BLOCKS = [
    line.split("#")[0].strip()
    for text in TEXT.values()
    for block in re.findall(r"```\w*\n(.*?)```", text, re.S)
    for line in block.splitlines()
]
COMMANDS = sorted({line for line in BLOCKS if line.startswith("python -m alicuda.")})
TARGETS = sorted({word for line in BLOCKS if line.startswith("make ") for word in line.split()[1:] if "=" not in word})


def test_there_is_something_to_test():
    assert len(COMMANDS) >= 8 and len(TARGETS) >= 4


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_parse(command):
    words = shlex.split(command)
    module = importlib.import_module(words[2])
    if not hasattr(module, "parser"):  # a package that is a command
        module = importlib.import_module(f"{words[2]}.__main__")
    module.parser().parse_args(words[3:])


def test_every_command_is_in_the_readme():
    shown = {shlex.split(command)[2].split(".")[1] for command in COMMANDS}
    files = (ROOT / "alicuda").glob("*.py")
    commands = {path.stem for path in files if "\ndef parser()" in path.read_text(encoding="utf-8")}
    assert commands <= shown


@pytest.mark.parametrize("target", TARGETS)
def test_make_targets_exist(target):
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(rf"^{re.escape(target)}:", makefile, re.M)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files(page):
    prose = re.sub(r"```.*?```", "", TEXT[page], flags=re.S)
    for link in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", prose):
        if not link.startswith(("http://", "https://")):
            assert (page.parent / link).exists(), link


PYTHON = [
    block
    for page in ("README.md", "docs/numba.md")
    for block in re.findall(r"```python\n(.*?)```", TEXT[ROOT / page], re.S)
]


@pytest.mark.parametrize("block", PYTHON)
def test_examples_print_what_they_say(block, capsys):
    """What a line prints stands behind it, in a comment."""
    if "numba" in block:
        available.backend("numba")
    exec(block, {})
    said = re.findall(r"print\(.*\)  +# (.*)", block)
    assert capsys.readouterr().out.splitlines() == said


def test_pictures_have_words():
    for page, text in TEXT.items():
        assert not re.findall(r"!\[\s*\]\(", text), f"{page.name} has a picture without alternative text"
