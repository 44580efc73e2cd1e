"""When a run looks at its model, how long it takes, and how a person says that."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple


class Schedule(NamedTuple):
    """Totals count from step 0, also after a resume."""

    steps: int
    log_every: int
    look_every: int  # health figures, pictures, checkpoint; a multiple of log_every

    @staticmethod
    def of(steps: int) -> Schedule:
        """A dozen looks a run, one in a thousand steps at least."""
        look_every = min(-(-steps // 12), 1000)
        log_every = min(10, look_every)
        return Schedule(steps, log_every, look_every - look_every % log_every)

    def looks_after(self, step: int) -> int:
        """How many looks are still to come; the last step always gets one."""
        return -(-self.steps // self.look_every) - step // self.look_every if step < self.steps else 0


class Clock:
    """How long the whole run has taken, and of what this process did, its steps and its looks apart. In seconds."""

    def __init__(self, before: float):
        self.before, self.started = before, time.monotonic()
        self.looking, self.looks = 0.0, 0

    def total(self) -> dict[str, float]:
        return {"seconds": round(self.before + time.monotonic() - self.started, 3)}

    @contextmanager
    def look(self) -> Iterator[None]:
        started = time.monotonic()
        yield
        self.looking += time.monotonic() - started
        self.looks += 1

    def stepping(self) -> float:
        return time.monotonic() - self.started - self.looking

    def a_step(self, steps: int) -> float:
        return self.stepping() / steps

    def a_look(self) -> float:
        return self.looking / max(1, self.looks)


def duration(seconds: float) -> str:
    """Seconds as a person says them."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    if seconds < 100 * 60:
        return f"{seconds / 60:.1f} min"
    return f"{seconds / 3600:.1f} h" if seconds < 100 * 3600 else f"{seconds / 86400:.0f} days"
