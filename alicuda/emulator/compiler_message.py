"""What a compiler says of a kernel, without what it says of the headers that the kernel is compiled with.

A message is made of parts: a line that begins with a place, `file:line:column:`, and below it the source that it shows.
A mistake in the use of a macro of ours has its place in our header; the kernel's line then stands in a part of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

_AT_A_PLACE = re.compile(r"(?P<place>(?P<file>\S.*?):\d+(?::\d+)?): *(?P<text>.*)")
_WITHIN = re.compile(r"(?P<file>\S.*?): (?:In |At global scope)")  # g++: `x.cu: In function ‘void f()’:`
_INCLUDED = "In file included from "
_PASTED = "<scratch space>"  # clang's file for a name that a macro has put together
_LEADS_HERE = re.compile(r"note: (?:in expansion of|in definition of|in instantiation of|expanded from)|required from")


@dataclass
class _Part:
    lines: list[str]
    file: str = ""
    place: str = ""  # empty: a line that stands above or below the places
    text: str = ""
    below: list[str] = field(default_factory=list)  # the source shown

    @property
    def error(self) -> bool:
        return self.text.startswith(("error:", "fatal error:"))


def without_ours(message: str, ours: Callable[[str], bool]) -> str:
    """A compiler's message without the parts in files that are `ours`; an error there is told of the kernel's line."""
    parts = list(_parts(message))
    kept: dict[int, list[str]] = {}  # by the part's number
    used: set[int] = set()
    dropped = False  # whether the part before was
    for number, part in enumerate(parts):
        if number in used or (dropped and _LEADS_HERE.search(part.text) and not part.error):
            continue
        dropped = part.file == _PASTED or ours(part.file)
        if not dropped:
            kept[number] = [*part.lines, *part.below]
        elif part.error:
            where = _kernels_place(parts, number, ours)
            if where is None:
                kept[number] = [part.text]
                continue
            used.add(where)
            kept.pop(where, None)  # where it stands above
            kept[number] = [f"{parts[where].place}: {part.text}", *parts[where].below]
    return "\n".join(line for lines in kept.values() for line in lines).strip() or message


def _parts(message: str) -> Iterator[_Part]:
    part = _Part([])
    for line in message.split("\n"):
        at, within = _AT_A_PLACE.match(line), _WITHIN.match(line)
        if line.startswith((" ", "\t")) or not line:
            part.below.append(line)
            continue
        yield part
        if line.startswith(_INCLUDED):
            part = _Part([line], line.removeprefix(_INCLUDED).split(":")[0])
        elif at:
            part = _Part([line], at["file"], at["place"], at["text"])
        else:
            part = _Part([line], within["file"] if within else "")
    yield part


def _kernels_place(parts: Sequence[_Part], error: int, ours: Callable[[str], bool]) -> int | None:
    """The part that says which line of the kernel led to an error in a header: below it, or directly above."""
    for number in range(error + 1, len(parts)):
        if parts[number].error:
            break
        if parts[number].place and not ours(parts[number].file):
            return number
    above = error - 1
    return above if above >= 0 and "required from" in parts[above].text and not ours(parts[above].file) else None
