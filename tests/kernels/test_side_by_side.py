"""docs/side_by_side.md is up to date, and shows every kernel, whole and as it stands in its file."""

import re

import pytest

from alicuda import numba_kernels
from alicuda.backends.contract import Fused, Primitives
from benchmarks import ledger
from tests.kernels import side_by_side
from tests.kernels.pieces import of_cuda, of_python

PAGE = side_by_side.RESULT.read_text(encoding="utf-8")
BLOCKS = re.findall(r"^\*\*.*?\]\(\.\./(\S+?)#L(\d+)\).*\n\n```\w+\n((?:.*\n)+?)```", PAGE, re.MULTILINE)


@pytest.mark.skipif(numba_kernels.missing() is not None, reason=str(numba_kernels.missing()))
def test_the_page_is_up_to_date():
    assert side_by_side.page() == PAGE, "run: python -m tests.kernels.side_by_side"


def test_every_primitive_has_its_place():
    contract = {name for part in (Primitives, Fused) for name in vars(part) if not name.startswith("_")} - {"name"}
    assert sorted([*side_by_side.READING, *side_by_side.NO_KERNEL]) == sorted(contract)
    assert re.findall(r"^### (\w+)", PAGE, re.MULTILINE) == side_by_side.READING


def test_every_kernel_is_shown_once():
    texts = {language: "\n".join(text for path, _, text in BLOCKS if path.startswith(f"kernels/{language}"))
             for language in ledger.BACKENDS}  # fmt: skip
    shown = {"cuda": re.findall(r"__global__ void\s+(?:__launch_bounds__\(.*?\)\s+)?(\w+)\(", texts["cuda"]),
             "numba": re.findall(r"^@cuda\.jit\ndef (\w+)", texts["numba"], re.MULTILINE)}  # fmt: skip
    for backend, found in shown.items():
        assert sorted(found) == sorted(kernel.split(": ")[1] for kernel in ledger.kernels(backend))


@pytest.mark.parametrize("path, line, text", BLOCKS, ids=[f"{path}:{line}" for path, line, _ in BLOCKS])
def test_a_block_is_as_in_the_file_and_whole(path, line, text):
    source = (side_by_side.ROOT / path).read_text(encoding="utf-8").splitlines()
    place = 0
    for shown in filter(None, text.splitlines()):  # in the same order; methods stand there without their indentation
        place = next(i for i in range(place, len(source)) if source[i] in (shown, f"    {shown}")) + 1
    assert source[int(line) - 1].strip() in [shown.strip() for shown in text.splitlines()]
    code = re.sub(r"//.*" if path.endswith(".cu") else "#.*", "", text)
    assert all(code.count(opening) == code.count(closing) for opening, closing in ("()", "[]", "{}"))


def test_pieces_come_with_what_they_use(tmp_path):
    cuda = tmp_path / "a.cu"
    cuda.write_text(
        "// header\n\n// two\nstruct Two {\n    int a;\n};\n\n__device__ int one() { return 1; }\n\n"
        "__device__ int unused() {\n    return 0;\n}\n\n// sum of Two\n__device__ __forceinline__ int sum(Two t)\n{\n"
        "    if (t.a) {\n        return one();\n    }\n    return 2;  // unused\n}\n\n"
        'extern "C" __global__ void __launch_bounds__(256, 1)\nfirst(int* x) {\n    x[0] = sum(Two{1});\n}\n\n'
        'extern "C" __global__ void second(int* x) { first; x[0] = 1; }\n'
    )
    found = of_cuda(cuda, "first")
    assert [(piece.names, piece.line) for piece in found] == [
        (("Two",), 3), (("one",), 8), (("sum",), 14), (("first",), 23),
    ]  # fmt: skip
    assert found[2].text.splitlines()[0] == "// sum of Two" and found[2].text.endswith("// unused\n}")
    assert [piece.names for piece in of_cuda(cuda, "second")] == [("second",)], "another kernel is shown elsewhere"
    python = tmp_path / "a.py"
    python.write_text(
        '"""Header."""\n\nSIZE, LEFT = 3, 4\nOTHER = 5\n\n\n'
        "@cuda.jit(device=True)\ndef double(x):\n    return SIZE * x\n\n\n"
        "# why\n@cuda.jit\ndef kernel(x):\n    x[0] = double(x[0])\n\n\n@cuda.jit\ndef beside(x):\n    kernel\n"
    )
    found = of_python(python, "kernel")
    assert [(piece.names, piece.line) for piece in found] == [
        (("SIZE", "LEFT"), 3),
        (("double",), 7),
        (("kernel",), 12),
    ]
    assert found[2].text == "# why\n@cuda.jit\ndef kernel(x):\n    x[0] = double(x[0])"
    assert [piece.names for piece in of_python(python, "beside")] == [("beside",)]
