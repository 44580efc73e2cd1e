"""Numba as its simulator or on a GPU: what is chosen when, what is said where it cannot be, and what is left after
a launch that went wrong. What depends on the first import of Numba runs in a process of its own."""

import _thread
import importlib.util
import math
import os
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from alicuda import backends, numba_kernels, numba_simulator
from alicuda.errors import InputError
from tests import available

NO_GPU = "from alicuda import numba_kernels; numba_kernels.gpu_answers = lambda: False\n"
A_GPU = "from alicuda import numba_kernels; numba_kernels.gpu_answers = lambda: True\n"
RELU = """
import numpy as np
x, y = np.array([-2, 3], np.float32), np.zeros(2, np.float32)
numba_kernels.load("leaky_relu").leaky_relu[1, 32](x, y, 2, np.float32(0.1))
print(numba_kernels.simulated(), y)
"""


@pytest.fixture(autouse=True)
def numba():
    if importlib.util.find_spec("numba") is None:
        pytest.skip("Numba is not installed")


def process(code, **variables):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NUMBA_")}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment | variables, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


# ---- which of the two ----


@pytest.mark.parametrize(("before", "variables"), [
    ("", {}),
    ("import numba", {}),
    ("import numba; numba.njit(lambda x: x)(1)", {}),
    ("from numba import cuda", {"NUMBA_ENABLE_CUDASIM": "1"}),
    ("", {"NUMBA_ENABLE_CUDASIM": "0"}),
    ("", {"NUMBA_DISABLE_JIT": "1"}),
])  # fmt: skip
def test_without_a_gpu_it_is_the_simulator(before, variables):
    """Also after others have imported Numba; and no program that is started later is told."""
    code = f"{before}\n{NO_GPU}{RELU}\nimport os; print(os.environ.get(numba_kernels.VARIABLE))"
    told = variables.get("NUMBA_ENABLE_CUDASIM")
    assert process(code, **variables) == f"True [-0.2  3. ]\n{told}"


def test_compiling_for_the_processor_still_works_and_changes_nothing():
    """Numba reads its variables again then."""
    more = "import numba; print(numba.njit(lambda x: x + 1)(1))"
    relu = RELU.replace('load("leaky_relu").leaky_relu', 'load("sigmoid").sigmoid').replace(", np.float32(0.1)", "")
    assert process(NO_GPU + RELU + more + relu) == "True [-0.2  3. ]\n2\nTrue [0.11920292 0.95257413]"


def test_with_a_gpu_it_is_not_the_simulator():
    """Where the GPU is made up, Numba finds none: then that is what it says, and what would help."""
    code = A_GPU + (
        "import os; reason = numba_kernels.missing(); print(reason, '|', reason and reason.extra[:4])\n"
        "print(numba_kernels.simulated(), 'NUMBA_ENABLE_CUDASIM' in os.environ)\n"
        "from numba import cuda; cuda.is_available = lambda: True; print(numba_kernels.missing())"
    )
    reason, simulated, missing = process(code).splitlines()
    assert reason == "None | None" or (
        reason.startswith("a GPU answers, but not to Numba (") and "(None)" not in reason and "| cuda" in reason
    )
    assert (simulated, missing) == ("False False", "None")


def test_with_a_gpu_and_numbas_variable_it_is_the_simulator_and_says_so():
    code = A_GPU + RELU + "from alicuda import backends; print(backends.get('numba').device.words())"
    result, words = process(code, NUMBA_ENABLE_CUDASIM="1").splitlines()
    assert result == "True [-0.2  3. ]"
    assert words.startswith("Numba's simulator (NUMBA_ENABLE_CUDASIM is set, so not on the GPU), ")


def test_with_a_gpu_that_numba_may_not_use():
    code = A_GPU + "reason = numba_kernels.missing(); print(reason.sentence)"
    said = process(code, NUMBA_DISABLE_CUDA="1")
    assert said == "a GPU answers, but NUMBA_DISABLE_CUDA is set; unset it"


# ---- what is said where it cannot work ----

WAYS = """
import contextlib, io, sys
from alicuda import Tensor, backends, cli, doctor, gradcheck, sample, set_backend, train
from alicuda.backends.numba_.device import Device
from alicuda.errors import InputError

def command(main, *words):
    errors = io.StringIO()
    with contextlib.redirect_stderr(errors):
        try:
            cli.run(lambda: main(list(words)))
        except SystemExit as end:
            status = end.code
    print(status, *errors.getvalue().splitlines(), sep=" ")

for way in (lambda: set_backend("numba"), lambda: Tensor([1.0]), lambda: numba_kernels.load("leaky_relu"), Device):
    try:
        way()
    except InputError as error:
        print(error)
command(train.main, "svhn", "--backend", "numba")
command(gradcheck.main, "--backend", "numba")
command(sample.main, "run")
check = doctor.check_backend("numba")
print(check["works"], check["pip"], check["missing"])
"""


def test_numba_cuda_imported_too_early_is_one_sentence_everywhere():
    lines = process("from numba import cuda\n" + NO_GPU + WAYS, ALICUDA_BACKEND="numba").splitlines()
    assert len(lines) == 8
    for line in lines:
        assert line.count("numba.cuda was imported earlier in this program, without Numba's simulator") == 1
        assert line.endswith("choose this backend before that import, or start Python with NUMBA_ENABLE_CUDASIM=1")
    assert [line[:11] for line in lines[4:]] == ["2 alicuda: "] * 3 + ["False None "]


@pytest.mark.parametrize(("text", "said"), [
    ("raise ImportError('Numba needs NumPy 2.3 or less. Got NumPy 2.9.')", "(Numba needs NumPy 2.3 or less."),
    ("import llvmlite_that_is_not_there", "(No module named 'llvmlite_that_is_not_there')"),
    ("raise OSError", "(OSError)"),
])  # fmt: skip
def test_a_numba_that_does_not_load(tmp_path, text, said):
    (tmp_path / "numba").mkdir()
    (tmp_path / "numba/__init__.py").write_text(text, encoding="utf-8")
    lines = process(f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n" + NO_GPU + WAYS, ALICUDA_BACKEND="numba")
    for line in lines.splitlines():
        assert f"Numba does not load {said}" in line and '-m pip install --upgrade "numba>=' in line


def test_a_numba_that_is_installed_later_is_found(monkeypatch):
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "numba", None)
        reason = numba_kernels.missing()
        assert reason == backends.missing("numba") == "Numba is not installed"
        assert '"numba>=' in reason.pip
        with pytest.raises(InputError, match=r"numba backend does not work here: Numba is not installed; .* -m pip"):
            backends.get("numba")
    assert numba_kernels.missing() is None and backends.missing("numba") is None


def test_a_file_of_kernels_that_is_not_there():
    with pytest.raises(InputError, match=r"no kernel file conv3d\.py in .*: choose one of adam, arithmetic, "):
        numba_kernels.load("conv3d")


# ---- launches, in the simulator ----

KERNELS = """
import math
from numba import cuda, float32

@cuda.jit(device=True)
def sum_of(places, mine):
    places[cuda.threadIdx.x] = mine
    cuda.syncthreads()
    total = float32(0)
    for t in range(cuda.blockDim.x):
        total += places[t]
    cuda.syncthreads()
    return total

@cuda.jit
def sums(x, y, rounds, stop):
    places = cuda.shared.array(64, float32)
    while rounds > 0 or stop[0] == 0:
        total = sum_of(places, x[cuda.grid(1)])
        rounds -= 1
    y[cuda.grid(1)] = total

@cuda.jit
def for_ever(x):
    while x[0] == 0:
        pass

@cuda.jit
def copy(x, y):
    y[cuda.grid(1)] = x[cuda.grid(1)]

@cuda.jit
def add_a_word(x):
    if cuda.grid(1) == 5:
        x[0] = float32(1) + "one"

@cuda.jit
def functions(x, y):
    y[0], y[1], y[2], y[3] = math.exp(x[0]), math.log(x[1]), math.sqrt(x[1]), math.pow(x[2], x[1])
    y[4] = math.exp(1000)
"""


@pytest.fixture
def kernels(tmp_path):
    if not available.only_simulated("numba"):
        pytest.skip("Numba is on a GPU here, not in its simulator")
    (tmp_path / "kernels.py").write_text(KERNELS, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("kernels_of_a_test", tmp_path / "kernels.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    numba_simulator.prepare(module)
    return module


def sums_are_right(kernels):
    """With another size than any launch before."""
    x, y = np.arange(48, dtype=np.float32), np.zeros(48, np.float32)
    kernels.sums[2, 24](x, y, 1, np.ones(1))
    return (y == np.repeat([x[:24].sum(), x[24:].sum()], 24)).all()


def threads_left():
    return [thread for thread in threading.enumerate() if type(thread).__name__ == "BlockThread"]


def interrupted(launch):
    """Ctrl-C half a second after the launch has begun."""
    timer = threading.Timer(0.5, _thread.interrupt_main)
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        launch()
    timer.join()


def test_ctrl_c_at_barriers(kernels, ctrl_c):
    x, y = np.ones(64, np.float32), np.zeros(64, np.float32)
    interrupted(lambda: kernels.sums[1, 64](x, y, 1, np.zeros(1)))
    assert threads_left() == [] and sums_are_right(kernels)


def test_ctrl_c_in_an_endless_loop(kernels, ctrl_c):
    interrupted(lambda: kernels.for_ever[1, 4](np.zeros(1)))
    assert threads_left() == [] and sums_are_right(kernels)


def test_an_error_in_a_thread_says_where(kernels):
    x, y = np.ones(40, np.float32), np.zeros(37, np.float32)
    with pytest.raises(IndexError, match=r"tid=\[\d+, 0, 0\] ctaid=\[1, 0, 0\]: index \d+ is out of bounds"):
        kernels.copy[2, 20](x, y)
    assert threads_left() == []
    with pytest.raises(IndexError, match="out of bounds for axis 0 with size 37"):  # the others wait at a barrier
        kernels.sums[1, 40](y, x, 1, np.ones(1))
    assert threads_left() == [] and sums_are_right(kernels)


def test_an_error_that_the_simulator_loses(kernels, capfd):
    with pytest.raises(RuntimeError, match=r"Error in a kernel: ufunc 'add' did not contain a loop"):
        kernels.add_a_word[1, 32](np.zeros(1))
    assert capfd.readouterr().err == ""
    assert sums_are_right(kernels)


def test_launches_of_two_threads_wait_for_each_other(kernels):
    wrong = []

    def launch(blocks, threads):
        x = np.arange(blocks * threads, dtype=np.float32)
        for _ in range(20):
            try:
                y = np.zeros_like(x)
                kernels.copy[blocks, threads](x, y)
                assert (x == y).all()
            except BaseException as error:
                wrong.append(error)

    both = [threading.Thread(target=launch, args=size) for size in ((1, 3), (2, 40))]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert wrong == []


def seconds(launch):
    started = time.perf_counter()
    launch()
    return time.perf_counter() - started


def test_barriers_are_quick_and_python_is_as_it_was(kernels):
    """Numba's own launch beside: with Python's turns of 5 ms."""
    before, hook = sys.getswitchinterval(), threading.excepthook
    args = (np.ones(48, np.float32), np.zeros(48, np.float32), 6, np.ones(1))
    ours = min(seconds(lambda: kernels.sums[1, 48](*args)) for _ in range(3))
    assert sys.getswitchinterval() == before and threading.excepthook is hook
    theirs = min(seconds(lambda: kernels.sums.kernel[1, 48](*args)) for _ in range(3))
    assert ours < 0.7 * theirs


def test_math_means_what_it_means_on_a_gpu(kernels):
    """Python's own would raise OverflowError or ValueError."""
    y = np.zeros(5, np.float32)
    kernels.functions[1, 1](np.array([100, -1, 0], np.float32), y)
    assert np.array_equal(y, [np.inf, np.nan, np.nan, np.inf, np.inf], equal_nan=True)


@pytest.mark.parametrize(("call", "expected"), [
    ("log(0.0)", -np.inf), ("log1p(-1.0)", -np.inf), ("expm1(1000.0)", np.inf), ("pow(-8.0, 0.5)", np.nan),
    ("cos(np.inf)", np.nan), ("isfinite(np.inf)", False), ("pi", math.pi),
])  # fmt: skip
def test_functions_of_math(call, expected):
    found = eval(f"math.{call}", {"math": numba_simulator.GPU_MATH, "np": np})
    assert found == expected or (math.isnan(expected) and math.isnan(found))


def test_functions_of_math_stay_in_single_precision():
    assert numba_simulator.GPU_MATH.exp(np.float32(1)).dtype == np.float32
