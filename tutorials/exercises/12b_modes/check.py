"""Modes covered and the share of high quality, for samples of which both are known."""

import numpy as np

from alicuda.tutor import require, same

FUNCTIONS = ["covered(samples, centres, std)"]
HINTS = {
    "wrong_result": "two questions for each sample: which centre is the nearest, and is it nearer than 3 std? A sample "
    "that is not counts for no mode.",
    "out_of_bounds": "there are as many modes as centres: 25, 9 or 4, not always the same.",
}


def grid(side):
    line = 2.0 * (np.arange(side) - (side - 1) / 2)
    return np.array([(x, y) for y in line for x in line])


def check(answer):
    random = np.random.default_rng(0)
    for name, side, std, samples, modes, share in [
        ("every centre once", 5, 0.05, grid(5), 25, 1.0),
        ("one centre, ten times", 3, 0.05, np.repeat(grid(3)[:1], 10, axis=0), 1, 1.0),
        ("points between the clusters", 2, 0.05, np.array([[0.0, 0.0], [0.0, 1.0]]), 0, 0.0),
        ("half of them beside the clusters", 5, 0.05, np.concatenate([grid(5)[:12], grid(5)[12:24] + 0.5]), 12, 0.5),
        ("wide clusters", 2, 0.2, grid(2) + np.array([0.5, 0.0]), 4, 1.0),
        ("2.9 and 3.1 standard deviations", 3, 0.05, np.array([[0.145, 0.0], [2.155, 0.0]]), 1, 0.5),
    ]:
        got = answer.covered(random.permutation(samples), grid(side), std)
        require(
            isinstance(got, tuple | list) and len(got) == 2,
            f"covered gives {got!r}: it shall give two numbers, modes and share.",
        )
        same(f"With {name}, modes", got[0], modes)
        same(f"With {name}, share", got[1], share)
