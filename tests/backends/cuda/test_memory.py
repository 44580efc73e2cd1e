"""Arrays on the device: what is taken in, what it becomes, and what is refused."""

import numpy as np
import pytest

from alicuda.backends._runs import runs


@pytest.fixture
def backend(device_backend):
    return device_backend


READ_ONLY = np.arange(6.0)
READ_ONLY.setflags(write=False)
MISPLACED = np.frombuffer(b"-" + np.arange(5, dtype=np.float32).tobytes(), np.float32, offset=1)


@pytest.mark.parametrize("array, becomes", [
    (1.5, np.float32), (3, np.int64), (True, np.bool_), ([[1, 2], [3, 4]], np.int64), ([0.5, 1.5], np.float32),
    (np.float64(2.5), np.float32), (np.array(2.5), np.float32), (np.arange(4, dtype=np.uint8), np.uint8),
    (np.arange(4, dtype=np.float16), np.float32), (np.arange(4, dtype=">f8"), np.float32),
    (np.arange(4, dtype=">i4"), np.int32), (np.arange(12.0).reshape(3, 4).T, np.float32),
    (np.arange(12, dtype=np.float32)[::-2], np.float32), (np.zeros((0, 3)), np.float32), (READ_ONLY, np.float32),
    (MISPLACED, np.float32), (np.broadcast_to(np.float32(3), (2, 3)), np.float32),
], ids=repr)  # fmt: skip
def test_taken_in(backend, array, becomes):
    x = backend.asarray(array)
    assert x.dtype == becomes and x.shape == np.shape(array) and x.flags.c_contiguous
    np.testing.assert_array_equal(backend.to_numpy(x), np.asarray(array).astype(becomes))
    if becomes == np.float32:
        y = backend.affine(x, 1.0, 1.0)
        np.testing.assert_array_equal(backend.to_numpy(y), np.asarray(array, np.float32) + 1)


def test_taken_in_as_something_else(backend):
    assert backend.asarray([1, 2], np.float64).dtype == np.float32
    assert backend.asarray([True, False], np.float32).dtype == np.float32
    assert backend.to_numpy(backend.asarray(np.array([1.0, 7.0]), np.int64)).tolist() == [1, 7]
    x = backend.asarray([1.0, 2.0])
    assert backend.asarray(x).dtype == np.float32 and backend.asarray(x, np.int64).dtype == np.int64


@pytest.mark.parametrize("dtype, value", [(np.float32, -1.5), (np.int64, 2**40), (np.uint8, 255), (np.bool_, True)])
@pytest.mark.parametrize("shape", [(), (0,), (1,), (3, 11)])
def test_full(backend, shape, dtype, value):
    x = backend.full(shape, value, dtype)
    assert x.shape == shape and x.dtype == dtype
    np.testing.assert_array_equal(backend.to_numpy(x), np.full(shape, value, dtype))


@pytest.mark.parametrize("source", [
    2, 2.5, True, np.float32(1.5), np.float64(0.1), np.int64(3), np.array(4.5), np.arange(6.0),
    np.arange(6)[None, ::-1],
], ids=repr)  # fmt: skip
def test_copied_into_a_slice(backend, source):
    values = backend.full((20,), 9.0, np.float32)
    target = values[5:11] if np.size(source) > 1 else values[5:6]
    is_array = isinstance(source, np.ndarray)
    backend.copy_into(target, backend.asarray(source, np.float32) if is_array else source)
    exact = np.full(20, 9, np.float32)
    exact[5 : 5 + target.size] = np.reshape(source, -1)
    np.testing.assert_array_equal(backend.to_numpy(values), exact)


def test_only_what_fits_is_copied(backend):
    counter = backend.full((1,), 0, np.int64)
    backend.copy_into(counter, 5)
    backend.copy_into(counter, backend.asarray([[6]]))
    assert backend.to_numpy(counter).tolist() == [6]
    with pytest.raises(ValueError, match="an array of float32 cannot be copied into one of int64"):
        backend.copy_into(counter, backend.asarray([6.0]))
    with pytest.raises(ValueError):
        backend.copy_into(backend.full((3,), 0.0, np.float32), backend.full((4,), 0.0, np.float32))


def test_double_precision_and_what_cannot_be_counted_are_refused(backend):
    with pytest.raises(ValueError, match="computes in float32: it has no arrays of float64"):
        backend.full((3,), 0.0, np.float64)
    with pytest.raises(ValueError, match=r"65536, 32768\) has more elements than the kernels can count"):
        backend.broadcast_to(backend.full((1, 32768), 0.0, np.float32), (65536, 32768))


def test_arrays_of_different_shapes_are_not_added(backend):
    with pytest.raises(ValueError, match=r"add: arrays of shapes \(3,\) and \(1,\)"):
        backend.add(backend.full((3,), 0.0, np.float32), backend.full((1,), 0.0, np.float32))


def test_runs_of_neighbouring_axes():
    assert runs((2, 3, 4, 5), (1, 2)) == [(2, False), (12, True), (5, False)]
    assert runs((2, 1, 3), (1,)) == [(6, False)]  # an axis of one element can be of either kind
    assert runs((1, 1), (0,)) == [] and runs((), ()) == [] and runs((0, 3), (0,)) == [(0, True), (3, False)]
