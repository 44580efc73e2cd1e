"""A page shows kernels from their files, whole."""

from __future__ import annotations

import re

import pytest

from tests.tutorials.pages import ROOT, book


def test_shown_kernel_comes_whole_with_what_stands_above_it():
    shown = book.kernel_text("numba/leaky_relu.py", "leaky_relu").splitlines()
    assert shown[:2] == ["@cuda.jit", "def leaky_relu(x, y, size, slope):"] and len(shown) == 5
    shown = book.kernel_text("cuda/leaky_relu.cu", "leaky_relu").splitlines()
    assert shown[0].startswith('extern "C" __global__') and shown[-1] == "}" and len(shown) == 7
    assert book.kernel_text("cuda/vector.cuh", "store").startswith("__device__ void store")  # and not `load`, above it
    assert len(book.kernel_text("cuda/elementwise.cuh", "my_element").splitlines()) == 1
    shown = book.kernel_text("cuda/elementwise.cuh", "map").splitlines()
    assert shown.count("}") == shown.count("template <typename F>") == 2 and shown[0].startswith("// y = f(a),")


def test_showing_a_kernel_that_is_not_there_says_so():
    with pytest.raises(ValueError, match=r"cuda/leaky_relu\.cu has no function relu"):
        book.kernel_text("cuda/leaky_relu.cu", "relu")


@pytest.mark.parametrize("path", sorted((ROOT / "kernels").glob("*/*.*")), ids=lambda path: path.name)
def test_every_kernel_can_be_shown(path):
    text = path.read_text("utf-8")
    python = path.suffix == ".py"
    pattern = r"^@cuda\.jit\ndef (\w+)" if python else r"__global__ void(?: __launch_bounds__\(.*?\))?\s+(\w+)\("
    for kernel in re.findall(pattern, text, re.MULTILINE):
        shown = book.kernel_text(f"{path.parent.name}/{path.name}", kernel)
        assert shown in text and f"{kernel}(" in shown
        assert len(re.findall(pattern, shown, re.MULTILINE)) == 1
