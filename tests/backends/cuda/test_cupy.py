"""What is handed to CuPy, on a stand-in that remembers it: what chooses and checks runs here, without a GPU."""

import sys
from types import SimpleNamespace

import numpy as np
import pytest

from alicuda import kernel_source, nvrtc
from alicuda.backends.cuda import Cuda, on_gpu
from alicuda.errors import InputError


class Array(np.ndarray):
    """An array "on the device": `data` is a pointer, as CuPy's is."""

    @property
    def data(self):
        return SimpleNamespace(ptr=self.ctypes.data, copy_from_device_async=self._copy)

    def _copy(self, source, size, stream):
        assert stream == "the current stream"
        np.copyto(self, source.array)


class Module:
    compiled: list = []  # noqa: RUF012
    launches: list = []  # noqa: RUF012

    def __init__(self, code, options):
        self.code = code
        Module.compiled.append((code, options))

    def get_function(self, name):
        assert f"{name}(" in self.code
        return lambda grid, block, args: Module.launches.append((name, grid, block, args))


@pytest.fixture
def backend(monkeypatch):
    cuda = SimpleNamespace(get_current_stream=lambda: "the current stream")
    fake = SimpleNamespace(
        cuda=cuda,
        RawModule=Module,
        empty=lambda shape, dtype: np.zeros(shape, dtype).view(Array),
        asarray=lambda array: np.array(array).view(Array),
        asnumpy=lambda array: np.array(array),
    )
    monkeypatch.setitem(sys.modules, "cupy", fake)
    monkeypatch.setattr(Module, "compiled", [])
    monkeypatch.setattr(Module, "launches", [])
    return Cuda(on_gpu.GPU())


def test_a_kernel_is_compiled_once_from_its_whole_text(backend):
    x = backend.asarray(np.ones(1000))
    for _ in range(3):
        backend.leaky_relu(x, 0.1)
    ((code, options),) = Module.compiled
    assert "#include" not in code and "struct __align__" in code, "CuPy's cache would not see headers"
    assert options == nvrtc.OPTIONS and len(Module.launches) == 3
    assert code == kernel_source.load(kernel_source.kernels_folder() / "cuda" / "leaky_relu.cu").text
    backend.leaky_relu_grad(x, x, 0.1)  # of the same file
    assert len(Module.compiled) == 1


def test_every_argument_has_the_type_that_the_kernel_states(backend):
    """CuPy would pass a Python float as a double, and the kernel would read half of it."""
    backend.leaky_relu(backend.asarray(np.ones(1000)), 0.1)
    ((name, grid, block, args),) = Module.launches
    assert (name, grid, block) == ("leaky_relu", (1, 1, 1), (256, 1, 1))
    assert [type(a) for a in args] == [Array, Array, np.int32, np.float32]
    assert args[2:] == (1000, np.float32(0.1))


@pytest.mark.parametrize("wrong, sentence", [
    (lambda x: (x, x, 1000), "takes 4 arguments, not 3"),
    (lambda x: (x.astype(np.float64), x, 1000, 0.1), "takes an array of float32, not of float64"),
    (lambda x: (x[::2], x, 500, 0.1), "this one is a strided view"),
    (lambda x: (x, x, 2**31, 0.1), "2147483648 does not fit"),
    (lambda x: (x, x, 10.0, 0.1), "takes a whole number"),
])  # fmt: skip
def test_what_does_not_fit_is_never_launched(backend, wrong, sentence):
    x = backend.asarray(np.ones(1000))
    with pytest.raises(InputError, match=sentence):
        backend.device.launch("leaky_relu.cu", "leaky_relu", 1, 256, wrong(x))
    with pytest.raises(InputError, match=r"a block of \(32, 33, 1\) has 1056 threads"):
        backend.device.launch("leaky_relu.cu", "leaky_relu", 1, (32, 33), (x, x, 1000, 0.1))
    assert not Module.launches


def test_arrays_travel_up_and_down(backend):
    x = backend.asarray([[1, 2], [3, 4]], np.float64)
    assert isinstance(x, Array) and x.dtype == np.float32
    assert type(backend.to_numpy(x)) is np.ndarray and backend.to_numpy(x).tolist() == [[1, 2], [3, 4]]


def test_the_launches_of_a_step_are_remembered_for_the_ledger(backend):
    backend.leaky_relu(backend.asarray(np.ones(5)), 0.1)
    assert ("leaky_relu.cu", "leaky_relu") in on_gpu.GPU.launched


@pytest.mark.parametrize("count, reason", [(0, "no GPU is here"), (1, None)])
def test_why_there_is_no_gpu(monkeypatch, count, reason):
    error = type("CUDARuntimeError", (RuntimeError,), {})
    runtime = SimpleNamespace(getDeviceCount=lambda: count, CUDARuntimeError=error)
    monkeypatch.setitem(sys.modules, "cupy", SimpleNamespace(cuda=SimpleNamespace(runtime=runtime)))
    assert on_gpu.missing() == reason

    def fail():
        raise error("cudaErrorNoDevice: no CUDA-capable device is detected")

    runtime.getDeviceCount = fail
    assert on_gpu.missing() == "no GPU answers (cudaErrorNoDevice: no CUDA-capable device is detected)"
    monkeypatch.setitem(sys.modules, "cupy", None)
    monkeypatch.setattr(on_gpu.driver, "gpu_answers", lambda: True)
    assert on_gpu.missing() == "CuPy is not installed" and on_gpu.missing().extra in ("cuda12", "cuda13")
