"""Random numbers on the device: the bits that `philox.py` says, whatever the size and however far the counter."""

import numpy as np
import pytest

from alicuda import backends, emulator, philox
from alicuda.philox import Draw
from tests.backends.cases import ORACLE

DRAWS = [
    Draw(0, 0, 0), Draw(1, 2, 3), Draw(2**64 - 1, 2**32 - 1, 2**32 - 1), Draw(0x0123456789ABCDEF, 1 << 16, 50_000),
    Draw(2**32, 0, 1), Draw(-5, 3, 2**40 + 1),
]  # fmt: skip
SIZES = [0, 1, 2, 3, 4, 5, 31, 33, 129, 1027, 4099]


@pytest.fixture
def backend(device_backend):
    return device_backend


@pytest.mark.parametrize("draw", DRAWS, ids=str)
def test_every_number_is_the_one_that_its_name_says(backend, draw):
    for size in SIZES:
        uniform, normal = (
            backend.to_numpy(sample((size,), draw, np.float32)) for sample in (backend.uniform, backend.normal)
        )
        words = philox.words(draw.seed, draw.stream, draw.step, 0, size + size % 2)
        np.testing.assert_array_equal(uniform, philox.uniforms(words[:size]))
        np.testing.assert_allclose(normal, philox.normals(words, np.float64)[:size], rtol=0, atol=2e-6)


def test_a_hundred_thousand_normals_are_within_two_millionths(backend):
    draw = Draw(11, 5, 2)
    ours = backend.to_numpy(backend.normal((100_001,), draw, np.float32))
    assert np.abs(ours - ORACLE.normal((100_001,), draw, np.float64)).max() < 2e-6
    assert abs(ours.mean()) < 0.02 and abs(ours.std() - 1) < 0.01


@pytest.mark.parametrize("p", [0.0, 0.2, 0.5, 1 - 2.0**-33])
def test_a_mask_is_the_same_bits_forward_and_backward_and_here(backend, p):
    for draw, size in zip(DRAWS, SIZES[1:], strict=False):
        keep = philox.words(draw.seed, draw.stream, draw.step, 0, size) >= philox.keep_threshold(p)
        x = np.arange(1, size + 1, dtype=np.float32)
        y, mask = backend.dropout(backend.asarray(x), p, draw)
        assert mask is None, "masks are not stored"
        exact = np.where(keep, x * np.float32(1 / (1 - p)), 0)
        np.testing.assert_array_equal(backend.to_numpy(y), exact)
        np.testing.assert_array_equal(backend.to_numpy(backend.dropout_grad(backend.asarray(x), p, draw, mask)), exact)


def test_the_step_may_live_on_the_device_where_it_is_counted_up(backend):
    step, ok = backend.full((1,), 7, np.int64), backend.full((1,), 1, np.int64)
    for expected in (7, 8):
        ours = backend.uniform((33,), Draw(3, 4, step), np.float32)
        np.testing.assert_array_equal(backend.to_numpy(ours), ORACLE.uniform((33,), Draw(3, 4, expected), np.float32))
        backend.advance(step, ok)


def test_the_noise_of_a_sample_is_not_stored_and_the_same_backward(backend):
    mu, log_sigma = (backend.full((3, 11), x, np.float32) for x in (0.0, 0.0))
    draw = Draw(5, 6, 7)
    z, kept = backend.gaussian_sample(mu, log_sigma, draw, None)
    assert kept is None
    one = backend.full((3, 11), 1.0, np.float32)
    dmu, dlog_sigma = (backend.to_numpy(x) for x in backend.gaussian_sample_grad(one, log_sigma, draw, kept))
    np.testing.assert_array_equal(backend.to_numpy(z), dlog_sigma)
    np.testing.assert_array_equal(dmu, 1.0)


def test_double_precision_is_refused(backend):
    with pytest.raises(ValueError, match="computes in float32"):
        backend.normal((3,), Draw(0, 0, 0), np.float64)


COUNTERS = """
#include "philox.cuh"
extern "C" __global__ void words(const unsigned* counters, unsigned* out, unsigned long long seed) {
    int i = 4 * threadIdx.x;
    Words w = philox(Words{{counters[i], counters[i + 1], counters[i + 2], counters[i + 3]}}, seed);
    for (int v = 0; v < 4; ++v) out[i + v] = w.at[v];
}
"""


@pytest.mark.skipif(backends.missing("emulator") is not None, reason=f"{backends.missing('emulator')}")
def test_any_counter_under_any_key():
    random = np.random.default_rng(0)
    counters = random.integers(0, 2**32, (64, 4), dtype=np.uint32)
    counters[0], counters[1] = 0, 2**32 - 1
    kernel = emulator.compile(COUNTERS, build="fast").kernel("words")
    for seed in (0, 2**64 - 1, 0x0123456789ABCDEF):
        out = emulator.empty((64, 4), np.uint32)
        kernel[1, 64](counters, out, seed)
        exact = philox.philox4x32(counters.T, (seed % 2**32, seed >> 32))
        np.testing.assert_array_equal(out, exact)
