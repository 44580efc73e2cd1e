"""xray counts what can be counted by hand, exactly, whichever compiler it has."""

import functools

import numpy as np
import pytest

from alicuda import emulator, xray
from tests.available import checked_build_missing
from tests.xray import patterns
from tests.xray.patterns import PATTERNS

pytestmark = pytest.mark.skipif(checked_build_missing() is not None, reason=str(checked_build_missing()))


@functools.lru_cache
def program(_compiler):
    return emulator.compile(patterns.source())


def arguments():
    x = np.arange(8192, dtype=np.float32)
    return (
        np.zeros(2048, np.float32), x, np.zeros(64), x[:512].copy(), x[:512].copy(),
        np.zeros(64, np.int32), np.zeros(256, np.uint8), 32,
    )  # fmt: skip


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: pattern.name)
def test_pattern_is_exact(compiler, pattern):
    report = xray.profile(program(compiler).kernel(pattern.name), pattern.grid, pattern.block, arguments(), card=None)
    counted = [
        (line.array, line.op, line.bytes, line.requests, line.sectors_per_request, line.ideal_sectors_per_request)
        if line.space == "global"
        else (line.array, line.op, line.bytes, line.requests, line.bank_ways_mean, line.bank_ways_max)
        for line in report.lines
    ]
    assert sorted(counted) == sorted(pattern.accesses)
    assert report.hazards == 0
    lines = {line.line for line in report.lines if not pattern.outside}
    body = patterns.source().split("\n").index(f"    {pattern.body}") + 1
    assert lines <= {body}


def test_there_are_enough_patterns():
    assert len({pattern.name for pattern in PATTERNS}) == len(PATTERNS) >= 50
