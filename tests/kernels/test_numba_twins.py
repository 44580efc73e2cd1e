"""Kernels in Python beside those in CUDA C++: the same names, in files of the same name, with the same parameters.

What differs stands in one of the tables here, with the reason, and nothing stands there that does not differ.
"""

import ast

import pytest

from alicuda import kernel_source

FOLDER = kernel_source.kernels_folder()

ONLY_CUDA = {
    "batch_norm_combine": "puts the parts of many blocks together; in Python a channel is one thread's, or one block's",
    "batch_norm_leaky_relu": "saves a trip through memory; in Python it is composed, batch_norm and then leaky_relu",
    "batch_norm_leaky_relu_sums": "likewise, of leaky_relu_grad and batch_norm_sums",
    "batch_norm_leaky_relu_grad": "likewise, of leaky_relu_grad and batch_norm_grad",
}
ONLY_NUMBA = {
    "conv2d_shared": "the second version in Python, with shared memory, of conv2d",
    "batch_norm_moments_shared": "the same of batch_norm_moments",
    "batch_norm_sums_shared": "the same of batch_norm_sums",
}
# Functions that kernels call, whose names CUDA C++ does not have.
HELPERS = {
    "uniform_of": "`uniforms` has the four of a thread",
    "normal_of": "`normals` has the four of a thread",
    "add_up": "`fold_over_y` does it for whole structs, over the rows of a block",
}

# Which parameters only one of the two has: {kernel: (in CUDA C++, in Python)}.
BLOCK_OF_ROWS = (["rows"], [])  # how many rows a block stands over; in Python a thread has one element, or a column
SPLITS = (["splits"], [])  # how many blocks share one sum; in Python nobody does
BLOCKS = (["rows", "column_blocks"], [])  # how blocks lie over a matrix
DIFFERENT = {
    "bias_add": BLOCK_OF_ROWS,
    "bias_grad": BLOCK_OF_ROWS,
    "batch_norm": BLOCK_OF_ROWS,
    "batch_norm_grad": BLOCK_OF_ROWS,
    # blocks leave parts of the result there, which another kernel puts together; in Python the result is here
    "batch_norm_moments": (["means", "m2s", "rows"], ["mean", "inv_std", "eps"]),
    "batch_norm_sums": (["sums", "rows"], ["dscale", "dshift"]),
    "conv2d": SPLITS,
    "conv2d_input_grad": SPLITS,
    "conv2d_weight_grad": SPLITS,
    "sum": BLOCKS,
    "mean": BLOCKS,
    # two axes in Python, one with pitches in CUDA C++; `from` is a word of Python's own
    "copy_columns": (["size", "x_pitch", "from", "y_pitch", "to"], ["rows", "x_start", "y_start"]),
    "repeat": (["size"], ["outer"]),  # size = outer * times * inner
}


def in_cuda():
    """{kernel: (stem of its file, names of its parameters)}"""
    return {
        kernel: (path.stem, [parameter.name for parameter in signature.parameters])
        for path in sorted((FOLDER / "cuda").glob("*.cu"))
        for kernel, signature in kernel_source.load(path).kernels.items()
    }


def in_numba(mark):
    """The same of the functions marked so."""
    return {
        node.name: (path.stem, [parameter.arg for parameter in node.args.args])
        for path in sorted((FOLDER / "numba").glob("*.py"))
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef) and [ast.unparse(found) for found in node.decorator_list] == [mark]
    }


CUDA, NUMBA = in_cuda(), in_numba("cuda.jit")


def test_both_have_the_same_kernels():
    assert sorted(set(CUDA) - set(NUMBA)) == sorted(ONLY_CUDA)
    assert sorted(set(NUMBA) - set(CUDA)) == sorted(ONLY_NUMBA)


def test_every_function_in_python_is_a_kernel_or_called_by_kernels():
    """And what kernels call has the name that it has in CUDA C++."""
    functions = {
        node.name
        for path in (FOLDER / "numba").glob("*.py")
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
    }
    helpers = set(in_numba("cuda.jit(device=True)"))
    assert functions == set(NUMBA) | helpers
    text = "".join(path.read_text(encoding="utf-8") for path in (FOLDER / "cuda").iterdir())
    assert {name for name in helpers if f" {name}(" not in text} == set(HELPERS)


@pytest.mark.parametrize("kernel", sorted(set(CUDA) & set(NUMBA)))
def test_a_kernel_has_its_twin_in_a_file_of_the_same_name_with_the_same_parameters(kernel):
    (cuda_file, cuda), (numba_file, numba) = CUDA[kernel], NUMBA[kernel]
    assert numba_file == cuda_file
    only_cuda, only_numba = DIFFERENT.get(kernel, ([], []))
    assert [name for name in cuda if name not in numba] == only_cuda
    assert [name for name in numba if name not in cuda] == only_numba
    assert [name for name in cuda if name in numba] == [name for name in numba if name in cuda], "in the same order"


@pytest.mark.parametrize("kernel", sorted(ONLY_NUMBA))
def test_a_second_version_has_the_parameters_of_the_first(kernel):
    assert NUMBA[kernel][1] == NUMBA[kernel.removesuffix("_shared")][1]
    assert NUMBA[kernel][0].endswith("_shared")


def test_no_kernel_is_excused_that_is_not_there():
    assert set(DIFFERENT) <= set(CUDA) & set(NUMBA)
