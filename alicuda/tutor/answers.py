"""Checks an answer in Python: in a process of its own, which ends when its time is up."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from alicuda.tutor.report import Problem, Score

PATIENCE_S = 600  # for a process whose own limits are not heard
STUCK = "It does not end: a call into a library does not come back."
START = "import sys; sys.path[0] = {root!r}; from alicuda.tutor import answer_process; answer_process.main()"


def judge(folder: Path, text: str, seconds: float | None) -> tuple[list[Problem], list[Score], str, str]:
    """What is wrong, what was measured, what the answer printed, and what this machine lacks."""
    root = Path(__file__).resolve().parent.parent.parent
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "NUMBA_ENABLE_CUDASIM": "1",
                   "ALICUDA_BACKEND": "numpy"}  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-c", START.format(root=str(root))], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, env=environment,
    )  # fmt: skip
    job = {"folder": str(folder), "text": text, "seconds": seconds}
    try:
        output, _ = process.communicate(json.dumps(job).encode(), timeout=PATIENCE_S)
    except subprocess.TimeoutExpired:
        return [Problem("endless_loop", STUCK)], [], "", ""
    finally:
        process.kill()
        process.wait()
    try:
        reply: dict[str, Any] = json.loads(output)
    except ValueError:
        if process.returncode == -getattr(signal, "SIGALRM", 0):
            return [Problem("endless_loop", STUCK)], [], "", ""
        return [Problem("crash", f"It ended Python itself (status {process.returncode}).")], [], "", ""
    lines, hints = text.split("\n"), reply["hints"]
    problems = [
        Problem(kind, sentence, line, lines[line - 1] if line and line <= len(lines) else None, hints.get(kind))
        for kind, sentence, line in reply["problems"]
    ]
    return problems, [Score(*score) for score in reply["scores"]], reply["printed"], reply["missing"]
