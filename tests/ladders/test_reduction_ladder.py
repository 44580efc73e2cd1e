"""What is particular to the ladder of the sum: how many launches and blocks, and sums that are exact."""

import numpy as np
import pytest

from alicuda import emulator, ladders
from alicuda.errors import InputError
from alicuda.ladders import run
from tests.ladders.steps import step_id

LADDER = ladders.get("reduction")
needs_emulator = pytest.mark.skipif(emulator.missing() is not None, reason=str(emulator.missing()))


def blocks(step, n):
    return [launch.grid for launch in step.launches((n,))]


@pytest.mark.parametrize(
    "steps, n, expected",
    [
        (LADDER.steps[:3], 2**26, [2**18, 2**10, 4, 1]),
        (LADDER.steps[:3], 257, [2, 1]),
        (LADDER.steps[3:5], 2**26, [2**17, 2**8, 1]),
        (LADDER.steps[3:5], 512, [1]),
        (LADDER.steps[5:], 2**26, [1024, 1]),
        (LADDER.steps[5:], 2**18, [128, 1]),
        (LADDER.steps[5:], 2**30, [1024, 1]),
    ],
)
def test_sums_are_added_up_until_one_is_left(steps, n, expected):
    assert all(blocks(step, n) == expected for step in steps)


@pytest.mark.parametrize("step", LADDER.steps, ids=step_id)
def test_each_launch_adds_up_what_the_one_before_has_left(step):
    launches = step.launches((10**6,))
    sources, targets, sizes = zip(*(launch.args for launch in launches), strict=True)
    assert sources == ("x", *targets[:-1]) and targets[-1] == "out"
    assert sizes == (10**6, *(launch.grid for launch in launches[:-1])) and launches[-1].grid == 1
    assert step.scratch((10**6,)) == {launch.args[1]: launch.grid for launch in launches[:-1]}


def test_all_sums_are_exact_and_each_number_counts():
    problem = LADDER.problem((100_000,))
    x = problem.inputs["x"]
    assert (x == np.rint(x)).all() and (x != 0).all() and x.min() < 0 < x.max()
    assert np.abs(x.astype(float)).sum() < 2**24  # no partial sum can need more bits than a float32 has
    assert problem.answer == x.astype(float).sum() != 0


def assert_exact(step, n):
    problem = LADDER.problem((n,))
    assert np.array_equal(run.on_emulator(step, problem, build="fast", order="random", seed=n), problem.answer), n


@needs_emulator
@pytest.mark.parametrize("step", LADDER.steps, ids=step_id)
def test_not_a_number_is_missed_at_the_edges_of_blocks(step):
    for n in (2, 255, 256, 257, 511, 513, 2049):
        assert_exact(step, n)


@needs_emulator
@pytest.mark.parametrize("step", LADDER.steps[5:], ids=step_id)
def test_not_a_number_is_missed_where_there_are_no_more_blocks(step):
    """Five threads of the grid have a number more than the others."""
    assert_exact(step, 1024 * 2048 + 5)


@pytest.mark.parametrize("n", [0, -1, 2**30 + 1])
def test_sizes_that_cannot_be_counted_are_refused(n):
    message = rf"^reduction adds up 1 to 1073741824 floats, not {n}: take a size in between\.$"
    for step in LADDER.steps:
        with pytest.raises(InputError, match=message):
            step.launches((n,))
    with pytest.raises(InputError, match=message):
        LADDER.problem((n,))
