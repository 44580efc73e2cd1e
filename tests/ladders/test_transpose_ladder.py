"""What is particular to the ladder of the transposed matrix."""

import pytest

from alicuda import ladders
from alicuda.errors import InputError
from tests.ladders.steps import step_id

STEPS = ladders.get("transpose").steps


@pytest.mark.parametrize("step", STEPS[:3], ids=step_id)
def test_steps_that_move_one_number_at_a_time_take_any_size(step):
    for size in ((1, 1), (3, 5), (129, 31)):
        assert len(step.launches(size)) == 1


@pytest.mark.parametrize("R, C", [(33, 32), (32, 30), (1, 1)])
def test_the_step_that_moves_four_at_a_time_says_which_sizes_it_takes(R, C):
    message = rf"^04_swizzled .* R and C must be multiples of 4, not {R} and {C}: take 03_padded\.$"
    with pytest.raises(InputError, match=message):
        STEPS[3].launches((R, C))
