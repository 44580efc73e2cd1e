"""Breaks a kernel in one place, by rule. Pure text: nothing is compiled here.

barrier      each __syncthreads() or __syncwarp() is left out
guard        each `<` becomes `<=`; each `>=` that says who has to leave, or stands beside `&&` or `||`, becomes `>`
accumulate   each `+=` that is not a loop's step becomes `=`
swap         each `.x` becomes `.y`, and each `.y` becomes `.x`
"""

import bisect
import re
from dataclasses import dataclass
from pathlib import Path

RULES = ("barrier", "guard", "accumulate", "swap")

_NO_CODE = re.compile(
    r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|^[ \t]*#(?!define)[^\n]*|static_assert\s*\([^;]*;', re.S | re.M
)
_FOR = re.compile(r"\bfor\s*\(")
_BARRIER = re.compile(r"\b__sync(?:threads|warp)\s*\([^()]*\)")
# a template's < has no spaces around it; constants are written in capitals
_COMPARISON = re.compile(r"(?<= )(?:<(?! (?:\w+::)?[A-Z]{2,};)|>=)(?= )")
_LEAVES = re.compile(r"[^;\n]*\) *(?:return|break|continue)\b")
_FUNCTION = re.compile(r"\b(?!(?:if|for|while|switch)\b|__)(\w+)\s*\([^;{}]*\)\s*\{")


@dataclass(frozen=True)
class Mutant:
    """One place of one file, and what stands there instead."""

    file: str
    function: str
    line: int
    text: str  # of the line, without its comment
    rule: str
    nth: int  # of the places that the rule breaks in this line, or in equal lines of this function; from 0
    start: int
    end: int
    instead: str

    @property
    def key(self) -> tuple[str, str, str, str, int]:
        """What names it as long as the line stays as it is, wherever it moves within its function."""
        return self.file, self.function, self.text, self.rule, self.nth

    def apply(self, source: str) -> str:
        return source[: self.start] + self.instead + source[self.end :]


def mutants(path: Path) -> list[Mutant]:
    """All mutants of a file, from top to bottom."""
    source = path.read_text(encoding="utf-8")
    code = _NO_CODE.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), source)
    lines, functions = code.splitlines(), list(_FUNCTION.finditer(code))
    found: list[Mutant] = []
    for start, end, rule, instead in sorted(_places(code)):
        line = code.count("\n", 0, start)
        function = next((f[1] for f in reversed(functions) if f.start() <= start), "")
        name = path.name, function, lines[line].strip(), rule
        nth = sum(m.key[:4] == name for m in found)
        found.append(Mutant(path.name, function, line + 1, lines[line].strip(), rule, nth, start, end, instead))
    return found


def _places(code: str) -> list[tuple[int, int, str, str]]:
    """(start, end, rule, what to write instead) of every place that a rule breaks."""
    steps = [span for match in _FOR.finditer(code) for span in [_step(code, match.end())]]
    places = [(m.start(), m.end(), "barrier", "") for m in _BARRIER.finditer(code)]
    places += [
        (m.start(), m.end(), "guard", {"<": "<=", ">=": ">"}[m[0]])
        for m in _COMPARISON.finditer(code)
        if m[0] == "<" or _LEAVES.match(code, m.end()) or re.search(r"&&|\|\|", _expression(code, m.start()))
    ]
    places += [
        (m.start(), m.end(), "accumulate", "=")
        for m in re.finditer(r"\+=", code)
        if not any(start <= m.start() < end for start, end in steps)
    ]
    places += [(m.start(), m.end(), "swap", {".x": ".y", ".y": ".x"}[m[0]]) for m in re.finditer(r"\.[xy]\b", code)]
    return places


def _expression(code: str, at: int) -> str:
    """What stands around a place, up to the next of `; { } ?`: a comparison before `?` alone chooses between values."""
    edges = [m.start() for m in re.finditer(r"[;{}?]|\Z", code)]
    after = bisect.bisect(edges, at)
    return code[edges[after - 1] if after else 0 : edges[after]]


def _step(code: str, start: int) -> tuple[int, int]:
    """Where the third clause of a `for (` that opens before `start` begins and ends."""
    depth, semicolons, begin = 1, 0, start
    for i in range(start, len(code)):
        depth += {"(": 1, ")": -1}.get(code[i], 0)
        if depth == 0:
            return begin, i
        if code[i] == ";" and depth == 1:
            semicolons += 1
            if semicolons == 2:
                begin = i
    return begin, len(code)
