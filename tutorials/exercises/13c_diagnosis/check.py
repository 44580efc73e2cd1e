"""What is wrong with a run, from its figures. All are real runs of the preset quick, on 1,000 photos of SVHN."""

from alicuda.tutor import require

FUNCTIONS = ["diagnose(run)"]
HINTS = {
    "wrong_result": "begin with what only one kind of run does: losses in the hundreds; d_real below d_fake. Then look "
    "at the whole list of pair_ratio, not at its end.",
    "raises": "runs differ in length: some end after 200 steps. Their last value is run[...][-1].",
}
FIGURES = ("loss_d", "loss_g", "d_real", "d_fake", "pair_ratio", "contrast_ratio", "sample_std")
RUNS = [  # the name, and each figure after 100, 200, ... steps; seeds 0 and 1, of the healthy one 2 as well
    ("healthy", [
        [0.57, 0.64, 0.74, 0.78], [10.37, 8.71, 5.31, 4.86], [0.84, 0.84, 0.76, 0.76], [0.17, 0.18, 0.23, 0.25],
        [1.04, 0.98, 0.77, 0.73], [1.0, 0.97, 0.99, 1.01], [0.03, 0.049, 0.095, 0.091],
    ]),
    ("labels swapped", [
        [0.01, 0.0], [0.01, 0.0], [0.0, 0.0], [1.0, 1.0], [1.0, 1.0], [1.0, 1.0], [0.017, 0.017],
    ]),
    ("codes of others", [
        [0.5, 0.63, 0.86, 0.82], [11.2, 6.74, 4.55, 4.16], [0.86, 0.81, 0.75, 0.72], [0.15, 0.22, 0.28, 0.28],
        [1.11, 1.0, 1.24, 1.12], [1.01, 0.99, 0.99, 1.02], [0.034, 0.04, 0.062, 0.089],
    ]),
    ("too slow", [
        [0.26, 0.14], [6.31, 10.35], [0.96, 0.97], [0.18, 0.04], [1.0, 1.0], [1.0, 1.0], [0.024, 0.026],
    ]),
    ("rate too high", [
        [25.54, 25.85], [1707.04, 517.64], [0.89, 0.87], [0.04, 0.13], [1.0, 0.95], [1.0, 1.01], [0.01, 0.128],
    ]),
    ("healthy", [
        [0.44, 0.45, 0.84, 0.76], [12.58, 9.5, 5.93, 5.09], [0.86, 0.88, 0.78, 0.76], [0.11, 0.15, 0.25, 0.25],
        [1.18, 1.07, 0.72, 1.01], [0.99, 1.0, 0.91, 0.96], [0.036, 0.042, 0.079, 0.093],
    ]),
    ("labels swapped", [
        [0.0, 0.0], [0.0, 0.0], [0.0, 0.0], [1.0, 1.0], [1.0, 1.0], [1.0, 1.0], [0.02, 0.021],
    ]),
    ("codes of others", [
        [0.43, 0.63, 0.57, 0.78], [12.84, 5.81, 6.94, 4.38], [0.86, 0.8, 0.82, 0.77], [0.11, 0.2, 0.18, 0.27],
        [1.1, 1.21, 1.25, 1.03], [1.0, 0.97, 1.01, 0.98], [0.038, 0.08, 0.096, 0.109],
    ]),
    ("too slow", [
        [0.27, 0.16], [6.43, 9.92], [0.95, 0.95], [0.17, 0.05], [1.0, 1.0], [1.0, 1.0], [0.01, 0.047],
    ]),
    ("rate too high", [
        [3759.76, 639.73], [58571.62, 5536.57], [0.78, 0.74], [0.12, 0.21], [1.02, 0.79], [1.01, 1.02], [0.158, 0.048],
    ]),
    ("healthy", [
        [0.4, 0.37, 0.73, 0.73], [13.25, 10.87, 8.35, 5.03], [0.9, 0.88, 0.81, 0.77], [0.08, 0.13, 0.21, 0.24],
        [0.99, 1.01, 0.96, 0.73], [1.0, 1.04, 0.99, 0.99], [0.019, 0.046, 0.076, 0.1],
    ]),
]  # fmt: skip


def check(answer):
    for name, values in RUNS:
        run = dict(zip(FIGURES, values, strict=True))
        said = answer.diagnose({figure: list(numbers) for figure, numbers in run.items()})
        shown = ", ".join(f"{figure} {run[figure]}" for figure in ("loss_g", "d_real", "d_fake", "pair_ratio"))
        require(said == name, f"A run with {shown} is {name!r}; diagnose says {said!r}.")
