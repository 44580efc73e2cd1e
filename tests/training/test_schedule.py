"""How often a run looks at its model, and how a person is told how long it takes."""

from __future__ import annotations

import pytest

from alicuda.training.schedule import Schedule, duration


def test_looks():
    for steps in (*range(1, 300), 999, 6000, 12_000, 12_001, 531_200):
        schedule = Schedule.of(steps)
        looks = sorted({0, steps, *range(0, steps + 1, schedule.look_every)})
        assert schedule.look_every % schedule.log_every == 0, steps
        assert min(6, steps) <= len(looks) - 1 and schedule.look_every <= 1000, steps
        assert len(looks) <= max(25, steps / 1000 + 2), steps
        for step in {0, 1, steps // 2, steps - 1, steps}:
            assert schedule.looks_after(step) == sum(look > step for look in looks), (steps, step)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.4, "0 s"), (59.6, "60 s"), (100, "1.7 min"), (5990, "99.8 min"), (7200, "2.0 h"), (864_000, "10 days")],
)
def test_duration(seconds, words):
    assert duration(seconds) == words
