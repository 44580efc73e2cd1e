"""The ladders that are there, their steps, and the sizes that their tests take."""

from importlib.util import find_spec

from alicuda import ladders
from alicuda.errors import InputError

LADDERS = [ladders.get(name) for name in ladders.NAMES if find_spec(f"alicuda.ladders.{name}")]
STEPS = [(ladder, step) for ladder in LADDERS for step in ladder.steps]

# Small ones, of which no number divides by a tile, some larger than a tile in every direction. A step that refuses odd
# numbers is tested with the others; each takes two at least.
SIZES = {
    "matmul": [(1, 1, 1), (33, 31, 65), (64, 64, 64), (100, 36, 52), (131, 140, 20), (129, 133, 17)],
    "conv2d": [  # N, H, W, C, K, R, S, stride
        (1, 1, 1, 1, 1, 1, 1, 1),
        (2, 5, 7, 3, 5, 3, 2, 1),
        (2, 8, 11, 9, 35, 3, 3, 2),  # the stride leaves a row of pixels over
        (3, 9, 8, 4, 8, 5, 5, 2),
        (1, 13, 12, 33, 65, 1, 1, 3),
        (2, 12, 11, 7, 70, 4, 4, 2),
        (5, 4, 4, 8, 12, 4, 4, 1),
        (1, 5, 5, 32, 12, 4, 4, 1),  # deep, with few outputs: the last step splits the depth
    ],
    "reduction": [(1,), (31,), (33,), (1000,), (4097,)],
    "transpose": [(1, 1), (33, 31), (64, 96), (100, 36)],
}


def step_id(argument):
    return f"{argument.name}"


def takes(step, size):
    try:
        step.launches(size)
    except InputError:
        return False
    return True


def sizes(ladder, step):
    """Those of the list that the step takes."""
    return [size for size in SIZES[ladder.name] if takes(step, size)]
