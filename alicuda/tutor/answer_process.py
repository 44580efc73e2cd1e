"""The process in which an answer in Python runs: it reads a job from stdin and writes one JSON object to stdout."""

from __future__ import annotations

import ast
import contextlib
import importlib.util
import inspect
import io
import json
import linecache
import os
import signal
import sys
import threading
import time
import traceback
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

from alicuda.tutor import expecting
from alicuda.tutor.expecting import LeftOut, Wrong
from alicuda.tutor.report import KEPT, bug

NAME = "<answer>"  # the file that an answer seems to come from
SECONDS = 5.0  # of processor time, unless the check.py says otherwise
WAITING = 4  # times as long by the clock, for an answer that sleeps or waits
ALARM_S = 2  # later

Reply = Callable[..., None]


class Printed(io.TextIOBase):
    """Keeps the beginning of what an answer prints."""

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> int:
        self.text += text[: max(0, KEPT - len(self.text))]
        return len(text)


def main() -> None:
    job = json.load(sys.stdin)
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # for what prints past Python
    printed = Printed()
    lock = threading.Lock()
    hints: dict[str, str] = {}

    def reply(problems: list[tuple[str, str, int | None]], missing: str = "") -> None:
        """Answer and end: whatever the answer's threads still do."""
        with lock:  # the watch may want to answer as well
            scores = [[score.unit, score.value, score.best, score.ours] for score in expecting.scores]
            json.dump({"problems": problems, "scores": scores, "hints": hints, "printed": printed.text,
                       "missing": missing}, out)  # fmt: skip
            out.flush()
            os._exit(0)

    try:
        with contextlib.redirect_stdout(printed):
            _judge(Path(job["folder"]), job["text"], job["seconds"], reply, hints)
    except Exception as error:  # of the check.py, or ours
        reply([], bug(error))


def _judge(folder: Path, text: str, seconds: float | None, reply: Reply, hints: dict[str, str]) -> None:
    sys.dont_write_bytecode = True  # the folder may be an installed one
    sys.path.insert(1, str(folder))  # for what the exercise gives, as `from given import Node`
    spec = importlib.util.spec_from_file_location("check", folder / "check.py")
    assert spec and spec.loader
    check = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(check)
    except LeftOut as left:
        reply([], str(left))
    hints.update(getattr(check, "HINTS", {}))
    limit: float = getattr(check, "SECONDS", SECONDS)
    _watch(seconds or limit, reply)
    try:
        answer = _load(text)
        if problem := _misfit(answer, check.FUNCTIONS):
            reply([problem])
        check.check(answer)
    except LeftOut as left:
        reply([], str(left))
    except Wrong as wrong:
        reply([(wrong.kind, str(wrong), None)])
    except BaseException as error:  # whatever an answer can do
        if isinstance(error, SyntaxError) and error.filename == NAME:
            sentence = f"Python does not understand line {error.lineno}: {error.msg}."
            reply([("does_not_compile", sentence, error.lineno)])
        reply([_raised(error)])
    reply([])


def _load(text: str) -> types.ModuleType:
    """The answer as a module, run once from top to bottom."""
    linecache.cache[NAME] = (len(text), None, text.splitlines(keepends=True), NAME)
    answer = types.ModuleType("answer")
    sys.modules["answer"] = answer
    exec(compile(text, NAME, "exec"), answer.__dict__)
    return answer


def _misfit(answer: types.ModuleType, functions: list[str]) -> tuple[str, str, None] | None:
    """Why the answer has not the functions that were asked for, such as "idle(size, threads)"; a name alone may be
    anything, as a kernel of Numba's."""
    for wanted in functions:
        name, _, arguments = wanted.partition("(")
        function = getattr(answer, name, None)
        if function is None:
            return "no_function", f"Your text has no {wanted}.", None
        if not arguments:
            continue
        if not callable(function):
            return "no_function", f"{name} is no function in your text; it must be {wanted}.", None
        call = ast.parse(wanted, mode="eval").body
        with contextlib.suppress(ValueError):  # a signature that nobody knows
            try:
                inspect.signature(function).bind(*getattr(call, "args", ()))
            except TypeError:
                own = f"{name}{inspect.signature(function)}"
                return "signature", f"The function must be {wanted}; yours is {own}.", None
    return None


def _raised(error: BaseException) -> tuple[str, str, int | None]:
    """An exception, at the deepest line of the answer that it passed."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == NAME]
    line = lines[-1] if lines else None
    what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    where = f"Line {line} raises" if line else "Using your answer raises"
    kind = "out_of_bounds" if isinstance(error, IndexError) else "raises"
    return kind, f"{where} {what[:300]}", line


def _watch(seconds: float, reply: Reply) -> None:
    """Ends the process when its time is up, and says where the answer was.

    A library that holds Python's lock keeps the watch from running; then the alarm ends the process without a word.
    """
    started, waits_until = time.process_time(), time.monotonic() + WAITING * seconds
    if hasattr(signal, "setitimer"):  # not on Windows
        signal.setitimer(signal.ITIMER_REAL, WAITING * seconds + ALARM_S)

    def watch() -> None:
        while time.process_time() - started < seconds and time.monotonic() < waits_until:
            time.sleep(0.02)
        line = _line_now()
        where = f" It is at line {line}." if line else ""
        reply([("endless_loop", f"It does not end within {seconds:g} seconds.{where}", line)])

    threading.Thread(target=watch, daemon=True).start()


def _line_now() -> int | None:
    """The deepest line of the answer that some thread is at."""
    for frame in sys._current_frames().values():
        here: Any = frame
        while here is not None:
            if here.f_code.co_filename == NAME:
                return int(here.f_lineno)
            here = here.f_back
    return None
