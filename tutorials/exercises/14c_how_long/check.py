"""Steps, hours and bytes of a training run."""

from math import ceil

from alicuda.tutor import require, same

FUNCTIONS = ["plan(pictures, batch, epochs, seconds, numbers)"]
HINTS = {
    "wrong_result": "an epoch ends with a batch that may be smaller. And beside each learned number three others are "
    "kept: which?",
    "raises": "the number of steps is a whole number; `range` is not needed to count it.",
}
COPIES = 4  # the number, its gradient, and Adam's two


def check(answer):
    for given in [
        (1050, 100, 2, 0.81, 1000),
        (64, 32, 5, 2.0, 608_369),
        (7, 32, 3, 0.1, 11),
        (531_131, 100, 100, 0.81, 10_366_145),
    ]:
        pictures, batch, epochs, seconds, numbers = given
        call = f"plan({', '.join(map(str, given))})"
        got = answer.plan(*given)
        require(isinstance(got, (tuple, list)) and len(got) == 3, f"{call} must give three numbers, not {got!r}.")
        steps = ceil(pictures / batch) * epochs
        wanted = {
            "number of steps": steps,
            "number of hours": steps * seconds / 3600,
            "number of bytes": 4 * COPIES * numbers,
        }
        for number, (name, right) in zip(got, wanted.items(), strict=True):
            same(f"The {name} of {call}", number, right)
