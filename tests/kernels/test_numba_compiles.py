"""Every kernel in Python compiles for GPUs, and to what it says: single precision, and memory where it asks for some.

Numba's simulator runs Python, and would notice none of this. Compiling takes no GPU, but numba-cuda and NVVM.
"""

import os
import re

import pytest

from alicuda import numba_kernels
from benchmarks import compile_table, ledger, numba_compile_table, numba_ptx
from tests.kernels import numba_launches

pytestmark = pytest.mark.full  # a quarter of a minute
needs_numba = pytest.mark.skipif(numba_kernels.missing() is not None, reason=str(numba_kernels.missing()))
LOWEST = min(compile_table.ARCHITECTURES)
KERNELS = [tuple(kernel.split(": ")) for kernel in ledger.kernels("numba")]
DOUBLE = ("normal", "gaussian_sample", "gaussian_sample_grad")  # by normal_of, which says why
ONE_FLOAT_ARRAY = ["array(float32, 1d, C)", "int64"]

# What the simulator runs without a word.
TRAPS = """
from numba import cuda, float32

@cuda.jit
def right(x, size):
    i = cuda.grid(1)
    if i < size:
        x[i] = x[i] / float32(size)

@cuda.jit
def divided_by_an_integer(x, size):
    i = cuda.grid(1)
    if i < size:
        x[i] = x[i] / size

@cuda.jit
def plain_number(x, size):
    i = cuda.grid(1)
    if i < size:
        x[i] += 0.1

@cuda.jit
def array_in_local_memory(x, size):
    numbers = cuda.local.array(100, float32)
    for i in range(size):
        numbers[i] = x[i]
    for i in range(size):
        x[i] = numbers[size - i]

@cuda.jit
def one_barrier(x, size):
    places = cuda.shared.array(32, float32)
    places[cuda.threadIdx.x] = x[cuda.threadIdx.x]
    cuda.syncthreads()
    x[cuda.threadIdx.x] = places[31 - cuda.threadIdx.x]

@cuda.jit
def what_numba_does_not_know(x, size):
    x[0] = sorted({size: x[1]})[0]
"""


def compile_or_skip(signatures, architectures, folder=None):
    try:
        return numba_ptx.compiled(signatures, architectures, folder)["rows"]
    except numba_ptx.CannotCompile as reason:
        pytest.skip(str(reason))


@pytest.fixture(scope="module")
def rows():
    """By kernel, for the lowest architecture."""
    signatures = {kernel: seen[0] for kernel, seen in numba_launches.signatures().items()}
    return {(row["file"], row["kernel"]): row for row in compile_or_skip(signatures, [LOWEST])}


@needs_numba
def test_every_kernel_is_launched_and_always_with_the_same_types():
    """So there is one compiled version of each, and the tests of this file are about that one."""
    signatures = numba_launches.signatures()
    assert sorted(signatures) == sorted(KERNELS)
    assert {kernel: seen for kernel, seen in signatures.items() if len(seen) > 1} == {}
    types = {each for seen in signatures.values() for each in seen[0]}
    assert types == {
        *(f"array(float32, {n}d, C)" for n in (1, 2, 3, 4)), "array(int64, 1d, C)", "array(uint8, 1d, C)",
        "int64", "uint64", "float32",
    }  # fmt: skip


@needs_numba
@pytest.mark.parametrize("kernel", KERNELS, ids=": ".join)
def test_a_kernel_compiles_to_what_it_says(rows, kernel):
    check(rows[kernel], rows["gaussian.py", "normal"])


def check(row, normal):
    assert "error" not in row, row["error"]
    assert row["instructions"] > 5
    of_normal = row["file"] == "gaussian.py" and row["kernel"] in DOUBLE
    assert row["doubles"] == (normal["doubles"] if of_normal else 0), "Numba has made a double of something"
    assert row["local"] == (normal["local"] if of_normal else 0), "an array that does not fit into registers"
    assert row["local"] <= 40, "more than the cosine of large angles takes"
    assert row["shared"] == shared_bytes(row["file"])
    assert bool(row["barriers"]) == bool(row["shared"])


def shared_bytes(file):
    if file == "conv2d_shared.py":
        return 2 * 4 * numba_kernels.load("conv2d_shared").TILE ** 2
    return 4 * numba_kernels.load("batch_norm_shared").THREADS if file == "batch_norm_shared.py" else 0


@needs_numba
def test_no_barrier_is_lost(rows):
    """`add_up` has one before each of its 5 rounds and two behind, and is called twice."""
    barriers = {kernel: row["barriers"] for (_, kernel), row in rows.items() if row["barriers"]}
    assert barriers.pop("conv2d_shared") == 2
    assert set(barriers) == {"batch_norm_moments_shared", "batch_norm_sums_shared"}
    assert all(count in (2 * 3, 2 * (5 + 2)) for count in barriers.values()), "with the rounds as a loop, or in a row"


@needs_numba
def test_what_the_simulator_would_let_pass_is_seen(tmp_path):
    (tmp_path / "traps.py").write_text(TRAPS)
    names = re.findall(r"^def (\w+)", TRAPS, re.MULTILINE)
    found = compile_or_skip({("traps.py", name): ONE_FLOAT_ARRAY for name in names}, [LOWEST], tmp_path)
    seen = {row.pop("kernel"): row for row in found}
    counts = {name: [row[c] for c in ("doubles", "barriers", "shared", "local")] for name, row in seen.items()
              if "error" not in row}  # fmt: skip
    assert counts.pop("right") == [0, 0, 0, 0]
    for name in ("divided_by_an_integer", "plain_number"):
        assert counts.pop(name)[0] > 0
    assert counts.pop("array_in_local_memory") == [0, 0, 0, 400]
    assert counts.pop("one_barrier") == [0, 1, 128, 0]
    assert counts == {}
    assert "TypingError" in seen["what_numba_does_not_know"]["error"]


NO_NUMBA_CUDA = "import sys; sys.modules['numba_cuda'] = None"
NO_NVVM = """
import cuda.pathfinder
def load(name, load=cuda.pathfinder.load_nvidia_dynamic_lib):
    if name == "nvvm":
        raise cuda.pathfinder.DynamicLibNotFoundError("no such library")
    return load(name)
cuda.pathfinder.load_nvidia_dynamic_lib = load
"""


@needs_numba
@pytest.mark.parametrize("begin, told", [(NO_NUMBA_CUDA, "numba-cuda is not here"), (NO_NVVM, "NVVM is not here")])
def test_what_is_missing_is_told(tmp_path, monkeypatch, begin, told):
    pytest.importorskip("cuda.pathfinder")
    (tmp_path / "sitecustomize.py").write_text(begin)
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{os.environ['PYTHONPATH']}")
    with pytest.raises(numba_ptx.CannotCompile, match=told):
        numba_ptx.compiled({}, [LOWEST])


def test_the_table_is_of_these_kernels():
    kept = numba_compile_table.RESULT.read_text(encoding="utf-8")
    assert re.findall(r"^\| (\w+\.py) \| (\w+) \|", kept, re.MULTILINE) == sorted(KERNELS), (
        "run: python -m benchmarks.numba_compile_table"
    )


@needs_numba
@pytest.mark.full
def test_all_compile_for_all_architectures_and_the_table_is_up_to_date():
    try:
        now = numba_compile_table.compile_all()
    except numba_ptx.CannotCompile as reason:
        pytest.skip(str(reason))
    normals = {row["architecture"]: row for row in now["rows"] if row["kernel"] == "normal"}
    for row in now["rows"]:
        check(row, normals[row["architecture"]])
    kept = numba_compile_table.RESULT.read_text(encoding="utf-8")
    if all(f"{name} {version}" in kept for name, version in now["versions"].items()):
        date = re.search(r"\d{4}-\d\d-\d\d", kept)[0]
        assert numba_compile_table.table({**now, "date": date}) == kept, "run: python -m benchmarks.numba_compile_table"
