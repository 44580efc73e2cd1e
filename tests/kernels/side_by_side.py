"""Writes docs/side_by_side.md: every primitive in NumPy, in Numba and in CUDA C++, as they stand in the files.

    python -m tests.kernels.side_by_side

Which kernels belong to a primitive is not read off anywhere: its launches are watched, as for kernels/README.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from tests.kernels import map as kernel_map
from tests.kernels.map import Launched
from tests.kernels.pieces import Piece, of_cuda, of_python

ROOT = Path(__file__).resolve().parent.parent.parent
RESULT = ROOT / "docs" / "side_by_side.md"

ORDER = {
    "One thread, one number": [
        "leaky_relu", "leaky_relu_grad", "add", "mul", "affine", "power", "exp", "exp_grad", "sigmoid", "sigmoid_grad",
        "softplus", "softplus_grad", "maxout", "maxout_grad", "full", "copy_into",
    ],
    "Shapes": ["concat", "split", "broadcast_to"],
    "Sums": ["bias_add", "bias_grad", "sum", "mean"],
    "Convolutions": ["conv2d", "conv2d_input_grad", "conv2d_weight_grad"],
    "Batch norm": ["batch_norm", "batch_norm_grad", "batch_norm_leaky_relu", "batch_norm_leaky_relu_grad"],
    "Random numbers": [
        "uniform", "normal", "dropout", "dropout_grad", "gaussian_sample", "gaussian_sample_grad",
    ],
    "The training step's bookkeeping": ["adam", "lerp", "watch", "advance"],
}  # fmt: skip
READING = [primitive for primitives in ORDER.values() for primitive in primitives]
KERNELS = ROOT / "kernels"
NO_KERNEL = ["asarray", "to_numpy", "reshape"]

HEAD = """\
# Side by side: NumPy, Numba, CUDA C++

Every primitive of alicuda three times: as the formula that defines it, as a kernel in Python, and as the kernel in CUDA
C++ that is written for speed. What stands here is what runs, copied from the files by
`python -m tests.kernels.side_by_side`. How each kernel works is told in the header of its file, which is left out here:
follow the link above the code. Whether a kernel has ever run on a GPU is told [elsewhere](../kernels/README.md).

**How to read it.** In NumPy an array is one thing: `y = x * slope` is said once, for all elements. In Numba the same is
said from the point of view of one thread, which has one element, number `i`. So look for the two lines that are new:
where the thread finds out which element is its own (`i = cuda.grid(1)`), and where threads beyond the end stop
(`if i < size`). What is left is the formula, with `[i]` behind each array. Then compare Python with CUDA C++: names,
parameters and their order are the same, as far as the two do the same.

**Why CUDA C++ is longer.** It goes to some lengths for speed:

* *Vectors.* A thread has 4 neighbouring elements, not one, and moves them in one request of 16 bytes (`load`, `store`,
  `value.at[v]`). `map` says "for each of the four".
* *Tiles.* A convolution in Python reads two numbers for each multiplication. In CUDA C++ the threads of a block fetch a
  slab of both factors into shared memory, and each thread multiplies all of TM numbers with all of TN for the TM + TN
  that it reads from there. `conv2d_shared` in Python shows the first half of the idea.
* *Many blocks for one sum.* Where Python has one thread walk down a column, CUDA C++ shares the column out to blocks of
  rows, each of which leaves a part; a second launch adds the parts up.
* *Fusion.* `batch_norm_leaky_relu` saves a trip through memory; in Python it is composed of two.

Types and `__restrict__` ("no other array overlaps this one") make up the rest. `float32(0)` in Python is a 0 in single
precision: with a plain `0` Numba would go on in double.
"""


def homes(launched: Launched) -> dict[str, str]:
    """The primitive under which each kernel is shown: that of its own name, else the first to launch it."""
    found: dict[str, str] = {}
    for primitive in READING:
        for _, kernel in launched.get(primitive, []):
            own = kernel.removesuffix("_shared")
            found.setdefault(kernel, own if kernel in dict(map(reversed, launched.get(own, []))) else primitive)
    return found


def page() -> str:
    python, cuda = kernel_map.python_launches(), kernel_map.launches()
    shown: dict[tuple[Path, str], str] = {}  # what has been shown so far, and where
    contents = [
        f"* {title}: {', '.join(f'[{primitive}](#{primitive})' for primitive in primitives)}"
        for title, primitives in ORDER.items()
    ]
    none = ", ".join(f"`{primitive}`" for primitive in NO_KERNEL)
    lines = [HEAD, *contents, "", f"{none} move or rename what is there: no kernel is needed."]
    for title, primitives in ORDER.items():
        lines += ["", f"## {title}"]
        for primitive in primitives:
            lines += ["", f"### {primitive}", *_block("NumPy", _numpy(primitive), primitive, shown)]
            lines += _kernels("Numba", primitive, python, shown)
            lines += _kernels("CUDA C++", primitive, cuda, shown)
    return "\n".join(lines) + "\n"


def _numpy(primitive: str) -> list[Piece]:
    backends = ROOT / "alicuda" / "backends"
    defined = of_python(backends / "numpy_.py", primitive, classes=("NumPy",))
    return defined or of_python(backends / "contract.py", primitive, classes=("Fused",))


def _kernels(language: str, primitive: str, launched: Launched, shown: dict[tuple[Path, str], str]) -> list[str]:
    """The kernels at home here, one file after the other; and links to the others that this primitive launches."""
    kernels, home = launched[primitive], homes(launched)
    lines: list[str] = []
    for file in dict.fromkeys(file for file, _ in kernels):
        here = [kernel for of, kernel in kernels if of == file and home[kernel] == primitive]
        if here and file.endswith(".cu"):
            lines += _block(language, of_cuda(KERNELS / "cuda" / file, *here), primitive, shown)
        elif here:
            lines += _block(language, of_python(KERNELS / "numba" / file, *here), primitive, shown)
    elsewhere = [f"[`{kernel}`](#{home[kernel]})" for _, kernel in kernels if home[kernel] != primitive]
    if elsewhere:
        lines += ["", f"**{language}**{' also' if lines else ''} launches {_listed(elsewhere)}, shown there."]
    return lines


def _block(language: str, pieces: list[Piece], primitive: str, shown: dict[tuple[Path, str], str]) -> list[str]:
    """The code, but for helpers that have been shown already: those are linked to."""
    fresh = [piece for piece in pieces if (piece.path, piece.names[0]) not in shown]
    path, line = fresh[0].path, fresh[-1 if language == "NumPy" else 0].line
    there = path.relative_to(ROOT).as_posix()
    helpers: dict[str, list[str]] = {}
    for piece in pieces:
        if piece not in fresh:
            helpers.setdefault(shown[piece.path, piece.names[0]], []).append(f"`{piece.names[0]}`")
    used = [f"{_listed(names)} of [{where}](#{where})" for where, names in helpers.items()]
    used += [f"[{name}](../{path.parent.relative_to(ROOT).as_posix()}/{name})" for name in _from_other_files(path)]
    shown.update({(piece.path, piece.names[0]): primitive for piece in fresh})
    text = "\n\n".join(piece.text for piece in fresh)
    return [
        "", f"**{language}**, [{there}](../{there}#L{line}){f', with {_listed(used)}' if used else ''}", "",
        f"```{'python' if path.suffix == '.py' else 'cpp'}", text, "```",
    ]  # fmt: skip


def _from_other_files(path: Path) -> list[str]:
    """What a file of kernels includes, or imports from its own folder."""
    text = path.read_text(encoding="utf-8")
    included = re.findall(r'^#include "(.+)"', text, re.MULTILINE)
    return included + [f"{name}.py" for name in re.findall(r"^from \.(\w+) import", text, re.MULTILINE)]


def _listed(words: Iterable[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


if __name__ == "__main__":
    RESULT.write_text(page(), encoding="utf-8")
