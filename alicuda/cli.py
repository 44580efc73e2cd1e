"""What all commands share: exit status, one-sentence errors, JSON on stdout."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from alicuda import backends, machine
from alicuda.errors import InputError

DONE, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130


class Parser(argparse.ArgumentParser):
    """argparse, but a mistake gives one sentence that points at --help, not the whole usage."""

    def error(self, message: str) -> NoReturn:
        self.exit(USAGE, f"{self.prog}: {message} (see {self.prog} --help)\n")


def parser(command: str, description: str) -> Parser:
    return Parser(prog=f"python -m alicuda.{command}", description=description)


def add_backend(to: argparse.ArgumentParser) -> None:
    to.add_argument("--backend", metavar="NAME", help=f"what executes: {', '.join(backends.NAMES)} (default: auto)")


def use_backend(name: str | None, warns: bool = True) -> Any:
    """The backend of --backend, else of $ALICUDA_BACKEND, else auto. Unless the command itself says how long it will
    take, it warns that Numba's simulator is slow."""
    backend = backends.current() if name is None else backends.set_backend(name)
    if warns and simulated(backend):
        warn("alicuda: this is Numba's simulator, for tiny sizes: a CUDA thread takes 0.1 ms, so that a model of the "
             "usual size takes hours; --backend emulator runs the same on the CUDA kernels, much faster")  # fmt: skip
    return backend


def runs_on(backend: Any) -> str:
    """What executes the backend, in words."""
    return backend.device.words() if hasattr(backend, "device") else machine.words()


def simulated(backend: Any) -> bool:
    """Whether that is Numba's simulator, which is for tiny sizes."""
    return getattr(getattr(backend, "device", None), "simulated", False)


def at_least(low: int, high: int = 2**63 - 1) -> Callable[[str], int]:
    """An argparse type: an integer that is not below `low`, nor above `high`."""

    def integer(text: str) -> int:
        value = int(text)
        if value < low:
            raise argparse.ArgumentTypeError(f"must be at least {low}, not {value}")
        if value > high:
            raise argparse.ArgumentTypeError(f"must be at most {high}, not {value}")
        return value

    return integer


def seed(text: str) -> int:
    """An argparse type: a key of Philox, 64 bits."""
    return at_least(0, 2**64 - 1)(text)


def path(text: str) -> Path:
    """An argparse type: a path, with ~ written out. Nothing is no path: an empty shell variable means no folder."""
    if not text:
        raise argparse.ArgumentTypeError("is empty; give a path")
    try:
        return Path(text).expanduser()
    except RuntimeError:
        raise argparse.ArgumentTypeError(f"{text!r}: there is no such user") from None


def say(sentence: str) -> None:
    print(sentence, flush=True)


def warn(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


def print_json(value: Any) -> None:
    """The one object that --json prints on stdout."""
    print(json.dumps(value, indent=2))


def run(main: Callable[[], int]) -> NoReturn:
    """Call a command's main and exit with its status; bad input becomes one sentence and status 2."""
    try:
        status = main()
    except InputError as error:
        warn(f"alicuda: {error}")
        status = USAGE
    except KeyboardInterrupt:
        warn("alicuda: interrupted")
        status = INTERRUPTED
    except MemoryError as error:
        warn(f"alicuda: out of memory ({str(error) or 'no more is known'}).")
        status = FAILED
    except BrokenPipeError:  # the reader of our output has left, as `| head` does
        _discard_output()
        status = DONE
    except OSError as error:
        warn(f"alicuda: {error}.")
        _discard_output()  # it may have been the full one
        status = USAGE
    sys.exit(status)


def _discard_output() -> None:
    """Let Python, when it ends, flush what nobody can take into nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
