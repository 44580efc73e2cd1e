"""What is particular to the ladder of the convolution: the columns, the kernel that trains, and sizes that are none."""

import numpy as np
import pytest

from alicuda import emulator, ladders
from alicuda.backends.cuda import Cuda
from alicuda.backends.cuda.on_emulator import Emulator
from alicuda.errors import InputError
from tests.ladders.steps import step_id

LADDER = ladders.get("conv2d")
PRODUCTION = LADDER.steps[-1]
needs_emulator = pytest.mark.skipif(emulator.missing() is not None, reason=str(emulator.missing()))


class Watched(Emulator):
    """Notes the launches of `conv2d`, with the numbers among their arguments."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def launch(self, file, kernel, grid, block, args, defines=None):
        if kernel == "conv2d":
            self.seen.append((grid, block, [a for a in args if isinstance(a, int)], dict(defines)))
        super().launch(file, kernel, grid, block, args, defines)


@needs_emulator
@pytest.mark.parametrize(
    "size",
    [
        (2, 28, 28, 32, 64, 4, 4, 2),  # of which the depth is split
        (2, 5, 7, 3, 5, 3, 2, 1),  # odd C and K: a number at a time
        (5, 4, 4, 8, 12, 4, 4, 1),  # the filter covers the image: a plain matrix product
        (2, 3, 3, 8, 12, 1, 1, 1),
    ],
)
def test_the_last_step_is_launched_as_in_training(size):
    problem, device = LADDER.problem(size), Watched()
    y = Cuda(device).conv2d(problem.inputs["x"], problem.inputs["w"], size[-1])
    launch, *rest = PRODUCTION.launches(size)
    numbers = [arg for arg in launch.args if isinstance(arg, int)]
    assert device.seen == [(launch.grid, launch.block, numbers, dict(PRODUCTION.defines(size)))]
    splits = numbers[-1]
    assert len(rest) == (splits > 1)
    assert PRODUCTION.scratch(size) == ({"parts": splits * y.size} if splits > 1 else {})


@needs_emulator
@pytest.mark.parametrize("step", LADDER.steps[1:3], ids=step_id)
def test_a_row_of_the_columns_is_a_window(step):
    R, S, stride = 3, 2, 2
    size = (2, 7, 6, 3, 5, R, S, stride)
    arrays = step.arrays(LADDER.problem(size))
    launch = step.launches(size)[0]
    emulator.compile(step.source(size)).kernel("im2col")[launch.grid, launch.block](*launch.arguments(arrays))
    windows = np.lib.stride_tricks.sliding_window_view(arrays["x"], (R, S), (1, 2))[:, ::stride, ::stride]
    columns = windows.transpose(0, 1, 2, 4, 5, 3).reshape(-1)  # n, p, q, r, s, c
    assert np.array_equal(arrays["columns"], columns)


@pytest.mark.parametrize(
    "size",
    [(1, 4, 4, 1, 1, 5, 1, 1), (1, 4, 4, 1, 1, 1, 5, 1), (0, 4, 4, 1, 1, 1, 1, 1), (1, 4, 4, 1, 1, 1, 1, 0)],
)
def test_a_size_that_is_none_is_refused_with_a_way_out(size):
    for refuses in (LADDER.problem, *(step.launches for step in LADDER.steps)):
        with pytest.raises(InputError, match=r"^conv2d: filters .* positive numbers with R <= H and S <= W\.$"):
            refuses(size)


def test_what_an_int_cannot_count_is_refused():
    for refuses in (LADDER.problem, *(step.launches for step in LADDER.steps)):
        with pytest.raises(InputError, match=r"^conv2d: .* more than 2147418112 numbers: take a smaller N\.$"):
            refuses((2**22, 28, 28, 1, 1, 1, 1, 1))


def test_columns_that_an_int_cannot_count_are_refused():
    """x and y would be small enough; the columns are what is too large."""
    with pytest.raises(InputError, match="take a smaller N"):
        LADDER.steps[1].launches((2000, 64, 64, 64, 64, 5, 5, 1))
