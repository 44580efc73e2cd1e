"""The checks notice what is broken: rules that find every place, kernels that pass unbroken, mutants that do not."""

import pytest

from alicuda import kernel_source, machine
from tests import available, mutate
from tests.kernels import mutants, verdict
from tests.kernels.checks import CHECKS
from tests.kernels.equivalent import EQUIVALENT

FOLDER = kernel_source.kernels_folder() / "cuda"
needs_checked_build = pytest.mark.skipif(
    available.checked_build_missing() is not None, reason=str(available.checked_build_missing())
)

SOURCE = """\
#define TWICE(x) ((x).x < 2 ? 1 : 2)  // a < b
#if A < B
static_assert(A < B, "a < b");
#endif
struct S {
    __device__ static int inside(int i) { return i < 4; }  /* a += b */
};
template <int V> __device__ float f(const float* x, int n) {
    float sum = 0;
    for (int i = threadIdx.x; i < n; i += 2) {
        if (i >= n) continue;
        for (int v = 0; v < VECTOR; ++v) if (v > 1 && v >= n) i = 0;
        sum += x[i << 1] + (n <= 3) + f<V>(x, i);
        __syncthreads();  // why
        __syncwarp(0xffffffffu);
    }
    bool inside = n >= 0 && n + 1 >= i && n << 1 > 2;
    return n >= 4 ? sum : -sum;
}
"""
PLACES = [  # function, line, rule, what stands in the line afterwards
    ("", 1, "guard", "#define TWICE(x) ((x).x <= 2 ? 1 : 2)"),
    ("", 1, "swap", "#define TWICE(x) ((x).y < 2 ? 1 : 2)"),
    ("inside", 6, "guard", "return i <= 4;"),
    ("f", 10, "guard", "for (int i = threadIdx.x; i <= n; i += 2) {"),
    ("f", 10, "swap", "for (int i = threadIdx.y; i < n; i += 2) {"),
    ("f", 11, "guard", "if (i > n) continue;"),
    ("f", 12, "guard", "if (v > 1 && v > n) i = 0;"),
    ("f", 13, "accumulate", "sum = x[i << 1] + (n <= 3) + f<V>(x, i);"),
    ("f", 14, "barrier", "        ;  // why"),
    ("f", 15, "barrier", "        ;"),
    ("f", 17, "guard", "bool inside = n > 0 && n + 1 >= i && n << 1 > 2;"),
    ("f", 17, "guard", "bool inside = n >= 0 && n + 1 > i && n << 1 > 2;"),
]


def test_the_rules_find_every_place_and_nothing_else(tmp_path):
    path = tmp_path / "f.cu"
    path.write_text(SOURCE, encoding="utf-8")
    found = mutants.mutants(path)
    assert sorted((m.function, m.line, m.rule) for m in found) == sorted(place[:3] for place in PLACES)
    for m in found:
        line = m.apply(SOURCE).splitlines()[m.line - 1]
        assert any(row[:3] == (m.function, m.line, m.rule) and row[3] in line for row in PLACES), line


def test_every_mutant_has_a_key_of_its_own():
    found = mutate.all_mutants()
    assert len({m.key for m in found}) == len(found)


def test_every_kernel_file_has_checks():
    assert sorted(CHECKS) == sorted(path.name for path in FOLDER.glob("*.cu"))


@needs_checked_build
@pytest.mark.parametrize("file", CHECKS)
def test_unbroken_kernels_pass_in_every_build(file, monkeypatch):
    """In one order that finds most; `make test-all` has all orders, before its mutants."""
    monkeypatch.setattr(verdict, "SCHEDULES", [("checked", "random", 1), ("fast", "forward", 0)])
    assert verdict.verdict(FOLDER, [file]) == {}


@needs_checked_build
def test_a_mutant_of_each_rule_is_rejected(monkeypatch):
    """By the checks of one file, which uses both headers: it has been chosen for taking the least time."""
    monkeypatch.setattr(mutate, "users", lambda file: ["bias.cu"])
    every = mutate.all_mutants(["columns.cuh", "reduce.cuh"])
    some = [next(m for m in every if m.rule == rule and m.key not in EQUIVALENT) for rule in mutants.RULES]
    assert not [str(outcome) for outcome in mutate.run(some) if not outcome.found]


@pytest.mark.parametrize("file", CHECKS)
def test_kernels_pass_on_a_gpu(file, gpu):
    for _, check in CHECKS[file]:
        check(gpu)


@needs_checked_build
@pytest.mark.full
def test_mutants_are_rejected():
    """All barriers and guards, and 40 others that the commit chooses; `make mutants` runs all."""
    every = mutate.all_mutants()
    outcomes = list(mutate.run(mutate.sample(every, 40, machine.commit() or "")))
    wrong = mutate.complaints(outcomes, every)
    assert not wrong, "\n".join(wrong)
