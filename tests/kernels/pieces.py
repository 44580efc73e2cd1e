"""Functions cut out of source files, with what they need from the same file, as they stand there."""

from __future__ import annotations

import ast
import re
import textwrap
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Piece:
    path: Path
    line: int  # of the file, where the text begins; from 1
    names: tuple[str, ...]  # what it defines
    text: str


def of_python(path: Path, *wanted: str, classes: tuple[str, ...] = ()) -> list[Piece]:
    """Functions of a file, or methods of these classes, with the functions and constants of the file that they use."""
    text = path.read_text(encoding="utf-8")
    body = ast.parse(text).body
    methods = [
        node for owner in body if isinstance(owner, ast.ClassDef) and owner.name in classes for node in owner.body
    ]
    pieces = []
    for node in body + methods:
        if isinstance(node, ast.FunctionDef):
            first, names = min([node.lineno, *(mark.lineno for mark in node.decorator_list)]), [node.name]
        elif isinstance(node, ast.Assign) and not classes:
            first = node.lineno
            names = [name.id for target in node.targets for name in ast.walk(target) if isinstance(name, ast.Name)]
        else:
            continue
        pieces.append(_cut(path, text, first, node.end_lineno or first, names, "#"))
    kernels = {name for piece in pieces if re.search(r"^@cuda\.jit$", piece.text, re.M) for name in piece.names}
    others = {node.name for node in methods if isinstance(node, ast.FunctionDef)}
    return _needed(pieces, set(wanted), shown_elsewhere=kernels | others)


def of_cuda(path: Path, *wanted: str) -> list[Piece]:
    """Kernels of a .cu file, with the structs and functions of it that they use. A definition begins at the margin, and
    ends on its first line or with the next brace at the margin."""
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    pieces, kernels, at = [], set(), 0
    while at < len(lines):
        if not re.match(r"(extern|__device__|struct)\b", lines[at]):
            at += 1
            continue
        end = at
        if not lines[at].endswith(("}", ";")):
            end = next(i for i in range(at, len(lines)) if lines[i] in ("}", "};"))
        head = re.sub(r"__\w+__\s*(\([^)]*\))?", "", " ".join(lines[at : end + 1]).split("{")[0])
        name = re.search(r"\bstruct (\w+)", head) or re.search(r"(\w+)\s*\(", head)
        assert name, f"{path.name}:{at + 1}: what is defined here?"
        pieces.append(_cut(path, text, at + 1, end + 1, [name[1]], "//"))
        kernels |= {name[1]} if "__global__" in lines[at] else set()
        at = end + 1
    return _needed(pieces, set(wanted), shown_elsewhere=kernels)


def _cut(path: Path, text: str, first: int, last: int, names: list[str], comment: str) -> Piece:
    """The lines from `first` to `last`, and the comments right above them."""
    lines = text.splitlines()
    while first > 1 and lines[first - 2].lstrip().startswith(comment):
        first -= 1
    return Piece(path, first, tuple(names), textwrap.dedent("\n".join(lines[first - 1 : last])))


def _needed(pieces: list[Piece], names: set[str], shown_elsewhere: set[str]) -> list[Piece]:
    """In the file's order: those wanted, and those whose names they use, and so on."""
    helpers = {name for piece in pieces for name in piece.names} - shown_elsewhere
    while True:
        texts = [_without_comments(piece.text) for piece in pieces if names & set(piece.names)]
        more = helpers & {word for text in texts for word in re.findall(r"\w+", text)} - names
        if not more:
            return sorted((piece for piece in pieces if names & set(piece.names)), key=lambda piece: piece.line)
        names = names | more


def _without_comments(text: str) -> str:
    return re.sub(r'//.*|#.*|"""(?s:.*?)"""', "", text)
