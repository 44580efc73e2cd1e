"""Checks an answer in CUDA C++: each launch of check.py under xray, then what is measured."""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from alicuda import emulator, kernel_source, launch_limits, xray
from alicuda.emulator import Kernel, KernelError
from alicuda.errors import InputError
from alicuda.kernel_source import Signature, Source
from alicuda.tutor import hazards
from alicuda.tutor.expecting import first_difference
from alicuda.tutor.launches import Launch
from alicuda.tutor.measures import Measure
from alicuda.tutor.report import KEPT, Problem, Score

STEPS = 3_000_000  # that a block may take: exercises are small, and an endless loop is found in a moment
UNWRITTEN = 0xFFFFFFFF  # the bits of what `emulator.empty` fills memory with


@dataclass(frozen=True)
class Task:
    """What a check.py says of an exercise in CUDA C++."""

    signature: Signature
    launches: Callable[[], Iterable[Launch]]
    measured: Sequence[Measure]

    @classmethod
    def from_check(cls, names: Mapping[str, Any]) -> Task:
        text = f'extern "C" __global__ void {names["KERNEL"]} {{\n}}'
        (signature,) = kernel_source.load(text).kernels.values()
        return cls(signature, names["launches"], names.get("MEASURED", ()))


def judge(task: Task, text: str, solution: str) -> tuple[list[Problem], list[Score], str]:
    """What is wrong, what was measured, and what the answer printed."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        problems, scores = _judge(task, text, solution)
    return problems, scores, printed.getvalue()[:KEPT]


def _judge(task: Task, text: str, solution: str) -> tuple[list[Problem], list[Score]]:
    try:
        source = kernel_source.load(text + "\n")
        if problem := _misfit(task.signature, source):
            return [problem], []
    except InputError as error:
        return [_not_compiled(str(error), text)], []
    report, launch = None, None
    for launch in task.launches():
        try:
            kernel = _compiled(task, launch, text)
        except InputError as error:
            return [_not_compiled(str(error), text)], []
        report, problems = _try(task, launch, kernel, text)
        if problems:
            return problems, []
    assert report is not None and launch is not None, "an exercise has at least one launch"
    return _measure(task, report, text, solution)


def _misfit(wanted: Signature, source: Source) -> Problem | None:
    """Why the text's kernel is not the one that was asked for."""
    if wanted.kernel not in source.refused and wanted.kernel not in source.kernels:
        known = ", ".join(source.kernels)
        there = f"it has {known}" if known else "it has none"
        return Problem("no_kernel", f'Your text has no kernel named {wanted.kernel}; {there}. '
                       f'It begins: extern "C" __global__ void {wanted}')  # fmt: skip
    own = source.signature(wanted.kernel)
    if [(p.type, p.pointer) for p in own.parameters] != [(p.type, p.pointer) for p in wanted.parameters]:
        return Problem("signature", f"The kernel must be {wanted}; yours is {own}.")
    return None


def _compiled(task: Task, launch: Launch, text: str) -> Kernel:
    source = kernel_source.load(text + "\n", launch.defines)
    program = emulator.compile(source, workers=1)  # what is found first is then always the same
    program.launch.step_limit = STEPS
    return program.kernel(task.signature.kernel)


def _try(task: Task, launch: Launch, kernel: Kernel, text: str) -> tuple[xray.Report | None, list[Problem]]:
    """One launch: xray's report, and what was wrong with it."""
    before = [value.copy() if isinstance(value, np.ndarray) else value for value in launch.arguments]
    report = None
    try:
        report = xray.profile(kernel, launch.grid, launch.block, launch.arguments, launch.shared, card=None)
    except KernelError as error:
        sizes = launch_limits.check(kernel.signature.kernel, launch.grid, launch.block, launch.shared)
        problems = [hazards.of_error(error, *sizes, text)]
    except InputError as error:
        problems = [Problem("refused", hazards.capital(str(error)))]
    else:
        problems = hazards.of_report(report, text)
        if not problems:
            names = [parameter.name for parameter in kernel.signature.parameters]
            problems = [*_wrong_numbers(task, launch, names, before)]
    return report, [replace(problem, launch=launch.words(kernel.signature)) for problem in problems]


def _wrong_numbers(task: Task, launch: Launch, names: Sequence[str], before: Sequence[Any]) -> Iterator[Problem]:
    """The first array that is not what it should be. `names` are the answer's own."""
    rows = [*zip(task.signature.parameters, names, launch.arguments, before, strict=True)]
    results = [array for parameter, _, array, _ in rows if parameter.name in launch.expected]
    for parameter, name, array, was in rows:
        if parameter.name in launch.expected:
            wanted = np.asarray(launch.expected[parameter.name], np.float64).reshape(array.shape)
            told = first_difference(name, array.astype(np.float64), wanted, launch.rtol, launch.atol)
            if told:
                yield _told(name, array, wanted, told)
                return
        elif parameter.pointer and not any(array is result for result in results) and _changed(array, was):
            yield Problem("changed_input", f"{name} is an input, and the kernel has written to it.")
            return


def _changed(array: np.ndarray, was: np.ndarray) -> bool:
    return not np.array_equal(array, was, equal_nan=array.dtype.kind == "f")


def _told(name: str, array: np.ndarray, wanted: np.ndarray, told: str) -> Problem:
    if array.dtype == np.float32:
        empty = (array.view(np.uint32) == UNWRITTEN) & ~np.isnan(wanted)
        if empty.any():
            where, others = ", ".join(str(int(i)) for i in np.argwhere(empty)[0]), int(empty.sum()) - 1
            more = f", nor {others:,} more of its {array.size:,} numbers" if others else ""
            return Problem("unwritten", f"Nobody has written {name}[{where}]{more}.")
    return Problem("wrong_result", told)


def _measure(task: Task, report: xray.Report, text: str, solution: str) -> tuple[list[Problem], list[Score]]:
    """The last launch's figures beside the best."""
    scores, problems, best_report = [], [], None
    for measure in task.measured:
        found, best = measure.find(report), measure.best
        if best is None:
            best_report = best_report or _of_solution(task, solution)
            best = measure.find(best_report).value
        scores.append(Score(measure.unit, found.value, best, ours=measure.best is None))
        if found.value > (best if measure.enough is None else measure.enough) * (1 + 1e-9):
            file, line = (found.at.file, found.at.line) if found.at else ("", None)
            problems.append(hazards.at_line(measure.kind, measure.sentence(found), file, line, text))
    return problems, scores


def _of_solution(task: Task, solution: str) -> xray.Report:
    """xray's report of the last launch, with arrays that nobody has touched."""
    launch = [*task.launches()][-1]
    report, problems = _try(task, launch, _compiled(task, launch, solution), solution)
    if report is None or problems:
        raise RuntimeError(f"the solution is not right: {problems[0].sentence}")
    return report


def _not_compiled(message: str, text: str) -> Problem:
    """The compiler's message in the reader's own lines."""
    errors = re.findall(r"<source>:(\d+):\d+: (?:fatal )?error: (.*)", message)
    errors = errors or re.findall(r"<source>:(\d+): (.*)", message)  # what the emulator itself refuses
    if not errors:
        said = message.replace("<source>", "your text").replace(f"{kernel_source.kernels_folder()}/", "kernels/")
        return Problem("does_not_compile", hazards.capital(said))
    number, what = int(errors[0][0]), errors[0][1]
    also = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    return hazards.at_line(
        "does_not_compile", f"It does not compile. Line {number}: {what}{also}", hazards.TEXT, number, text
    )
