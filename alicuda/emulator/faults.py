"""What went wrong in a launch, as one exception that names kernel, line, block, thread, array and place."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from pathlib import Path

from alicuda.emulator import debug_info
from alicuda.emulator.abi import Problem, Report
from alicuda.emulator.debug_info import Variable
from alicuda.emulator.memory import GAP, Placed
from alicuda.kernel_source import Signature

FAR = GAP  # what lies farther from an array than the next one may has nothing to do with it
LARGEST_NUMBER = 16  # bytes: a float4
RUN_CHECKED = 'run it with build="checked" to see the line'


class KernelError(RuntimeError):
    """A kernel did what a kernel may not do. `problem` is the kind, such as "OUT_OF_BOUNDS".

    `file`, `line` say where (line 0: not known in this build), `block` and `thread` who, as (x, y, z); for an access to
    memory `array` is the array's name and `index` the element, where they are known.
    """

    def __init__(
        self, message: str, problem: Problem, kernel: str, report: Report, file: str = "", line: int = 0,
        array: str | None = None, index: int | None = None,
    ) -> None:  # fmt: skip
        super().__init__(message)
        self.problem, self.kernel, self.file, self.line = problem.name, kernel, file, line
        self.block, self.thread = _three(report.block), _three(report.thread)
        self.array, self.index = array, index


def _three(numbers: Sequence[int]) -> tuple[int, int, int]:
    x, y, z = numbers
    return x, y, z


class Explainer:
    """Turns a runtime's report on a launch into a KernelError."""

    def __init__(
        self, library: Path, has_lines: bool, signature: Signature, arrays: Sequence[Placed],
        shared: Sequence[Variable], constants: range,
    ) -> None:  # fmt: skip
        self.constants = constants  # where the library lies
        self.library, self.has_lines, self.signature = library, has_lines, signature
        self.arrays, self.shared = arrays, shared

    def error(self, report: Report) -> KernelError:
        problem = Problem(report.problem)
        file, line = (report.file or b"").decode(errors="replace"), report.line
        if report.pc and self.has_lines:
            file, line = debug_info.line_of(self.library, report.pc)
        array, index, what = None, None, ""
        if problem in (Problem.OUT_OF_BOUNDS, Problem.MISALIGNED, Problem.UNWRITTEN):
            array, index, what = self._access(problem, report)
        else:
            what = self._sentence(problem, report)
        who = f"block {_three(report.block)}, thread {_three(report.thread)}"
        place = f"{file}:{line}" if line else "line unknown"
        message = f"{self.signature.kernel} ({place}), {who}: {what}"
        return KernelError(message, problem, self.signature.kernel, report, file, line, array, index)

    def _access(self, problem: Problem, report: Report) -> tuple[str | None, int | None, str]:
        does = "writes" if report.is_write else "reads"
        if report.is_write and report.address in self.constants:
            return None, None, "writes to a `__constant__` variable, or another constant; constants are read-only."
        name, index, count, element, shape = self._nearest(report)
        if name is None:
            return None, None, f"{does} {report.size} bytes at address {report.address:#x}, which lies in no array."
        place = debug_info.indexed(name, shape, index)
        if problem is Problem.MISALIGNED:
            why = f"{report.size} bytes at once from a place that is no multiple of {report.size} bytes"
        elif problem is Problem.UNWRITTEN:
            why = "which nobody has written yet"
        else:
            why = f"but {name} has {count} elements" + ("" if element else " (bytes)")
        return name, index, f"{does} {place}, {why}."

    def _nearest(self, report: Report) -> tuple[str | None, int, int, int, tuple[int, ...]]:
        """Name, index, elements, bytes of an element and shape of the array in which, or nearest to which, an address
        lies."""
        found: list[tuple[str, int, int, int, tuple[int, ...]]] = [
            (p.name, p.address, p.array.nbytes, p.array.itemsize, ()) for p in self.arrays
        ]
        for s in self.shared:
            start = report.shared_base + s.offset
            if s.element <= LARGEST_NUMBER:
                found.append((s.name, start, s.size, s.element, s.shape))
            else:  # of structs: told by what went wrong inside of them
                found.append((s.name, start, s.size, min(report.size, 4) or 4, ()))
        if not found:
            return None, 0, 0, 0, ()

        def distance(row: tuple[str, int, int, int, tuple[int, ...]]) -> int:
            return max(row[1] - report.address, report.address - (row[1] + row[2] - 1), 0)

        name, start, size, element, shape = nearest = min(found, key=distance)
        if distance(nearest) > FAR:
            return None, 0, 0, 0, ()
        return name, (report.address - start) // element, size // element, element, shape

    def _sentence(self, problem: Problem, report: Report) -> str:
        text = (report.text or b"").decode(errors="replace")
        other = f"thread {_three(report.other_thread)}"
        there = f"{(report.other_file or b'').decode(errors='replace')}:{report.other_line}"
        mask = f"{report.mask:#010x}"
        advice = "" if self.has_lines else f"; {RUN_CHECKED}"
        return {
            Problem.DIVERGENT_BARRIER: f"waits at this barrier while {other} waits at the barrier of {there}; all "
            "threads of a block must meet at the same one.",
            Problem.DIVERGENT_WARP: f"waits in {text} with mask {mask} for {other}, which "
            + (
                f"waits at {there} or with another mask."
                if report.other_line
                else "is named in the mask but not there."
            ),
            Problem.BAD_LANE: f"asks for lane {report.other_line}, which {text} (mask {mask}).",
            Problem.ASSERTION: f"assertion failed: {text}",
            Problem.ENDLESS: "does not end: this block has taken more steps than the limit. Is a loop endless?"
            if self.has_lines
            else f"does not end: no block was finished for a long time{advice}.",
            Problem.STACK: "its stack is exhausted: endless recursion, or a local array too large?",
            Problem.SEGMENTATION: f"touches address {report.address:#x}, which is no memory{advice}.",
            Problem.ARITHMETIC: f"divides an integer by zero, or INT_MIN by -1{advice}.",
            Problem.ILLEGAL: "runs an illegal instruction: a __builtin_trap(), or the end of a function that "
            f"returns nothing{advice}.",
            Problem.OUT_OF_MEMORY: "there is no memory for the stacks of a block's threads.",
            Problem.BAD_INDEX: f"index {ctypes.c_longlong(report.address).value} lies outside an array of type "
            f"{text.strip(chr(39))}.",
        }.get(problem, "was interrupted.")
