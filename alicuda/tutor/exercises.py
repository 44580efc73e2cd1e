"""Where the exercises lie, and the files of one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from alicuda.errors import InputError


@dataclass(frozen=True)
class Exercise:
    """A folder such as `02a_one_later`: page 02, its first exercise."""

    folder: Path

    @property
    def id(self) -> str:
        return self.folder.name.partition("_")[0]

    @property
    def page(self) -> str:
        """The number of the page that it belongs to."""
        return self.id[:2]

    @property
    def language(self) -> str:
        """What an answer is written in: "cu" or "py"."""
        return "cu" if (self.folder / "start.cu").exists() else "py"

    @property
    def title(self) -> str:
        return self._task[0]

    @property
    def task(self) -> str:
        """What to do, as Markdown, without the title."""
        return self._task[1]

    @property
    def _task(self) -> tuple[str, str]:
        first, _, rest = (self.folder / "task.md").read_text(encoding="utf-8").partition("\n")
        return first.lstrip("# ").strip(), rest.strip()

    @property
    def start(self) -> str:
        return self._text("start")

    @property
    def solution(self) -> str:
        return self._text("solution")

    @property
    def explanation(self) -> str:
        """What the solution says beside its code, as Markdown; may be empty."""
        path = self.folder / "solution.md"
        return path.read_text(encoding="utf-8").strip() if path.exists() else ""

    @property
    def check_file(self) -> Path:
        return self.folder / "check.py"

    def _text(self, stem: str) -> str:
        return (self.folder / f"{stem}.{self.language}").read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def exercises_folder() -> Path:
    """`tutorials/exercises/` in a checkout; inside the package in an installed wheel."""
    package = Path(__file__).resolve().parent.parent
    for folder in (package / "_exercises", package.parent / "tutorials" / "exercises"):
        if folder.is_dir():
            return folder
    raise InputError(f"the exercises are missing: neither {package / '_exercises'} nor tutorials/exercises is there.")


def every() -> list[Exercise]:
    """All exercises in the order of the pages."""
    folders = (path for path in exercises_folder().iterdir() if re.match(r"\d\d[a-z]_", path.name) and path.is_dir())
    return [Exercise(folder) for folder in sorted(folders)]


def find(name: object) -> Exercise:
    """The exercise of that id, such as "02a". InputError where there is none."""
    known = {exercise.id: exercise for exercise in every()}
    if isinstance(name, str) and name.lower() in known:
        return known[name.lower()]
    if not isinstance(name, str):
        raise InputError(f'an exercise is named by its page and a letter, as "02a", not by {name!r}.')
    same_page = [id for id in known if id[:2] == name[:2]]
    there = f"page {name[:2]} has {', '.join(same_page)}" if same_page else f"there are {', '.join(known)}"
    raise InputError(f"there is no exercise {name!r}; {there}.")
