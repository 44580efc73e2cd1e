"""What is particular to the ladder of the matrix product."""

import pytest

from alicuda import ladders
from alicuda.errors import InputError
from tests.ladders.steps import step_id

STEPS = ladders.get("matmul").steps


@pytest.mark.parametrize("step", STEPS[:5], ids=step_id)
def test_steps_that_load_one_number_at_a_time_take_any_size(step):
    for size in ((1, 1, 1), (3, 5, 7), (129, 129, 129)):
        assert len(step.launches(size)) == 1


@pytest.mark.parametrize("step", STEPS[5:], ids=step_id)
@pytest.mark.parametrize("N, K", [(130, 64), (64, 63), (1, 1)])
def test_a_step_that_loads_four_at_a_time_says_which_sizes_it_takes(step, N, K):
    message = rf"^{step.name} .* N and K must be multiples of 4, not {N} and {K}: .* take 05_register_tile_2d\.$"
    with pytest.raises(InputError, match=message):
        step.launches((64, N, K))
    step.launches((63, 64, 4))  # M may be any number
