"""What is measured of a kernel, beside the best possible; a right result that costs more may be wrong."""

import pytest

from alicuda.tutor import check, checking, exercises

CHECK = """
import numpy as np
from alicuda.tutor import ANY, Launch, barriers, bytes_moved, empty, random, requests, sectors, ways

KERNEL = "copy(const float* x, float* y, int n)"

def launches():
    x = random(256, seed=0)
    yield Launch(1, 32, (random(32, seed=1), empty(32), 32), expected={{"y": random(32, seed=1)}})
    yield Launch(2, 128, (x, empty(256), 256), expected={{"y": x}})

MEASURED = [{measured}]
"""
HEAD = 'extern "C" __global__ void copy(const float* x, float* y, int n) {\n'
PLAIN = HEAD + "    int i = blockIdx.x * blockDim.x + threadIdx.x;\n    if (i < n) y[i] = x[i];\n}\n"
FOUR = HEAD + (
    "    int i = blockIdx.x * blockDim.x + threadIdx.x;\n"
    "    if (4 * i < n) reinterpret_cast<float4*>(y)[i] = reinterpret_cast<const float4*>(x)[i];\n}\n"
)
APART = HEAD + "    int i = threadIdx.x * gridDim.x + blockIdx.x;\n    if (i < n) y[i] = x[i];\n}\n"
TWICE = PLAIN.replace("y[i] = x[i]", "y[i] = x[i] + 0.0f * x[n - 1 - i]")
SHARED = HEAD + (
    "    __shared__ float s[256];\n    int i = blockIdx.x * blockDim.x + threadIdx.x;\n"
    "    s[2 * threadIdx.x] = x[i];\n    __syncthreads();\n    __syncthreads();\n    y[i] = s[2 * threadIdx.x];\n}\n"
)


@pytest.fixture
def checked(tmp_path, monkeypatch):
    """A function that checks a text against the plain copy, with something measured."""
    if missing := checking.missing_for_kernels():
        pytest.skip(missing)
    folder = tmp_path / "77a_copy"
    folder.mkdir()
    (folder / "task.md").write_text("# Copy\n\nCopy.\n", "utf-8")
    for stem in ("start", "solution"):
        (folder / f"{stem}.cu").write_text(PLAIN, "utf-8")
    monkeypatch.setattr(exercises, "exercises_folder", lambda: tmp_path)

    def run(text, measured):
        (folder / "check.py").write_text(CHECK.format(measured=measured), "utf-8")
        return check("77a", text)

    return run


@pytest.mark.parametrize(
    ("text", "measured", "value", "best", "kind"),
    [
        (PLAIN, "sectors(best=4)", 4, 4, "right"),
        (APART, "sectors(best=4)", 8, 4, "uncoalesced"),
        (APART, "sectors(best=4, enough=8)", 8, 4, "right"),
        (APART, "sectors(best=4, enough=ANY)", 8, 4, "right"),
        (APART, "sectors()", 8, 4, "uncoalesced"),  # the best is the solution's
        (FOUR, "sectors(best=4)", 4, 4, "right"),  # 16 sectors, for four times the numbers
        (APART, "sectors(best=4, op='store')", 8, 4, "uncoalesced"),
        (PLAIN, "requests()", 16, 16, "right"),
        (FOUR, "requests(best=4)", 4, 4, "right"),
        (TWICE, "requests()", 24, 16, "too_many_requests"),
        (TWICE, "bytes_moved()", 3072, 2048, "too_many_bytes"),
        (SHARED, "ways()", 2, 1, "bank_conflicts"),
        (PLAIN, "ways()", 1, 1, "right"),
        (SHARED, "barriers(best=1)", 2, 1, "too_many_barriers"),
        (PLAIN, "barriers()", 0, 0, "right"),
    ],
)
def test_figure_and_verdict(checked, text, measured, value, best, kind):
    report = checked(text, measured)
    (score,) = report.scores
    assert (score.value, score.best, report.kind) == (value, best, kind), report


def test_the_reply_names_the_line_and_keeps_the_best_for_later(checked):
    told = repr(checked(APART, "sectors(best=4)"))
    assert "The result is right, but line 3 moves 8 sectors per request. It can be done with less." in told
    assert "    3 | if (i < n) y[i] = x[i];" in told
    assert "Score: 8 sectors per request." in told and "4" not in told.partition("Score:")[2]


@pytest.mark.parametrize(
    ("text", "measured", "told"),
    [
        (APART, "sectors(best=4, enough=8)", "Score: 8 sectors per request; the best possible: 4."),
        (TWICE, "requests(enough=24)", "Score: 24 requests; our solution: 16."),
        (FOUR, "requests()", "Score: 4 requests; our solution: 16. Yours is better."),
        (PLAIN, "ways()", "Score: 1 way in the worst bank conflict (1 is none); the best possible: 1."),
    ],
)
def test_a_right_answer_is_told_the_best_that_is_known(checked, text, measured, told):
    assert told in " ".join(repr(checked(text, measured)).split())


def test_a_wrong_result_is_not_measured(checked):
    report = checked(APART.replace("= x[i]", "= 2 * x[i]"), "sectors(best=4)")
    assert report.kind == "wrong_result" and report.scores == []


def test_a_wrong_solution_is_called_a_bug(checked, tmp_path):
    (tmp_path / "77a_copy" / "solution.cu").write_text(PLAIN.replace("= x[i]", "= 0"), "utf-8")
    assert "bug of the exercise" in checked(PLAIN, "sectors()").missing
