"""Each step of each ladder: right at odd sizes whatever the order of its threads, compiled without spills, and a file
that says what the next step is for."""

import re

import numpy as np
import pytest

from alicuda import emulator, kernel_source, nvrtc, xray
from alicuda.errors import InputError
from alicuda.ladders import run
from alicuda.tolerances import worst_error
from benchmarks import compile_table
from tests.ladders.steps import LADDERS, SIZES, STEPS, sizes, step_id, takes

each_step = pytest.mark.parametrize("ladder, step", STEPS, ids=step_id)
needs_emulator = pytest.mark.skipif(emulator.missing() is not None, reason=str(emulator.missing()))
needs_nvrtc = pytest.mark.skipif(nvrtc.missing() is not None, reason=str(nvrtc.missing()))
OURS = [step for _, step in STEPS if step.file.parts[0] == "ladders"]  # the last step may be a kernel that trains


@needs_emulator
@pytest.mark.parametrize("order", ["forward", "reverse", "random"])
@each_step
def test_a_step_is_right(ladder, step, order):
    """On the checked build: no access outside an array, none misaligned, no read of what nobody wrote."""
    for size in sizes(ladder, step):
        problem = ladder.problem(size)
        length = max(problem.flops // (2 * problem.answer.size), 1)  # of a sum, as each term takes a multiply-add
        result = run.on_emulator(step, problem, order=order, seed=len(size))
        assert worst_error(result, problem.answer, np.float32, length) <= 1, size


@needs_emulator
@each_step
def test_a_step_has_no_hazard(ladder, step):
    """No race either, which no order of threads shows for certain."""
    for size in sizes(ladder, step):
        problem = ladder.problem(size)
        program, arrays = emulator.compile(step.source(size)), step.arrays(problem)
        for launch in step.launches(size):
            kernel, values = program.kernel(launch.kernel), launch.arguments(arrays)
            report = xray.profile(kernel, launch.grid, launch.block, values, card=None)
            assert report.lines and not report.hazards, (size, launch)


@each_step
def test_a_step_is_tested_with_what_it_takes(ladder, step):
    assert len(sizes(ladder, step)) >= 2
    assert takes(step, ladder.table_size) and takes(step, ladder.gpu_size)


@pytest.mark.parametrize("ladder", LADDERS, ids=step_id)
def test_a_problem_is_the_same_each_time_and_not_trivial(ladder):
    for size in SIZES[ladder.name]:
        problem, again = ladder.problem(size), ladder.problem(size)
        assert problem.answer.dtype == np.float64 and np.array_equal(problem.answer, again.answer)
        for name, array in problem.inputs.items():
            assert array.dtype == np.float32 and np.array_equal(array, again.inputs[name])
            assert array.size == 1 or array.std() > 0.1, name
        moved = sum(array.nbytes for array in problem.inputs.values()) + 4 * problem.answer.size
        assert problem.size == size and problem.bytes == moved


@pytest.mark.parametrize("ladder", LADDERS, ids=step_id)
def test_what_is_no_size_is_one_sentence(ladder):
    size = ladder.table_size
    zero = (*size[:-1], 0)
    for wrong in (None, 5, "ab", size[0], [*size, 1], size[1:], (*size[:-1], 1.5), zero, (-4, *size[1:])):
        for refuses in (ladder.problem, *(step.launches for step in ladder.steps)):
            with pytest.raises(InputError, match=rf"^{ladder.name}\b.*\.$"):
                refuses(wrong)


@pytest.mark.parametrize("ladder", LADDERS, ids=step_id)
def test_steps_are_numbered_and_every_file_is_one(ladder):
    assert [int(step.name[:2]) for step in ladder.steps if step in OURS] == [
        number for number, step in enumerate(ladder.steps, 1) if step in OURS
    ]
    files = {path for path in (kernel_source.kernels_folder() / "ladders" / ladder.name).iterdir()}
    assert files == {step.path for step in ladder.steps if step in OURS}


@pytest.mark.parametrize("step", OURS, ids=step_id)
def test_a_file_is_short_and_names_the_flaw_that_the_next_step_removes(step):
    text = step.path.read_text(encoding="utf-8")
    lines = text.splitlines()
    header = lines[: next(i for i, line in enumerate(lines) if not line.startswith("//"))]
    assert len(lines) <= 85 and max(map(len, lines)) <= 125
    last = any(step is ladder.steps[-1] for ladder in LADDERS)
    assert len(header) >= 3 and sum(line.startswith("// Flaw: ") for line in header) == (not last)
    assert "<<<" not in text and not re.search(r"#\s*include\s*<", text)


@needs_nvrtc
@each_step
def test_a_step_keeps_its_numbers_in_registers(ladder, step):
    assert_no_spills(ladder, step, [90])


@needs_nvrtc
@pytest.mark.full
@each_step
def test_on_every_architecture_a_step_keeps_its_numbers_in_registers(ladder, step):
    assert_no_spills(ladder, step, compile_table.architectures(step.path))


def assert_no_spills(ladder, step, architectures):
    source = step.source(ladder.table_size)
    for architecture in architectures:
        for kernel, usage in nvrtc.compile(source.text, architecture, step.path.name).usage.items():
            assert (usage.stack, usage.spills) == (0, 0), f"{kernel} on sm_{architecture}"
