"""Philox against the published vectors, and the element-to-counter map that every backend must share."""

import numpy as np
import pytest

from alicuda import philox
from alicuda.backends.numpy_ import NumPy
from alicuda.philox import Draw, Rng

# Random123, tests/kat_vectors: philox4x32 10 rounds, counter, key, result.
KNOWN_ANSWERS = [
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((0xFFFFFFFF,) * 4, (0xFFFFFFFF,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]


@pytest.mark.parametrize("counter, key, answer", KNOWN_ANSWERS)
def test_known_answers(counter, key, answer):
    assert tuple(int(word) for word in philox.philox4x32(counter, key)) == answer


def test_element_i_is_word_i_mod_4_of_counter_i_div_4():
    seed, stream, step = 0x123456789ABCDEF, 7, 11
    drawn = philox.words(seed, stream, step, 0, 4099)
    for i in (0, 1, 2, 3, 4, 4095, 4096, 4098):
        counter, key = (i // 4, 0, stream, step), (seed & 0xFFFFFFFF, seed >> 32)
        assert drawn[i] == philox.philox4x32(counter, key)[i % 4]


def test_high_half_of_the_counter_is_used():
    start = 4 * (2**32 - 1) + 1
    drawn = philox.words(1, 2, 3, start, start + 8)
    assert drawn[0] == philox.philox4x32((2**32 - 1, 0, 2, 3), (1, 0))[1]
    assert drawn[3] == philox.philox4x32((0, 1, 2, 3), (1, 0))[0]


@pytest.mark.parametrize("start, stop", [(0, 1), (1, 2), (3, 9), (4095, 4097), (16380, 16390), (5, 5)])
def test_a_piece_of_a_draw_is_that_piece(start, stop):
    whole = philox.words(5, 6, 7, 0, 20_000)
    assert np.array_equal(philox.words(5, 6, 7, start, stop), whole[start:stop])


def test_streams_steps_and_seeds_differ():
    draws = [philox.words(*name, 0, 64) for name in [(0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1), (1 << 32, 0, 0)]]
    for i, a in enumerate(draws):
        assert all(not np.array_equal(a, b) for b in draws[:i])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_uniforms_are_exact_and_never_0_or_1(dtype):
    ends = philox.uniforms(np.array([0, 0xFFFFFFFF, 511, 512], np.uint32), dtype)
    assert ends.dtype == dtype
    assert ends.tolist() == [2.0**-24, 1 - 2.0**-24, 2.0**-24, 1.5 * 2.0**-23]


def test_uniforms_and_normals_have_the_right_moments():
    n = 200_000
    u = philox.uniforms(philox.words(1, 1, 1, 0, n), np.float64)
    z = philox.normals(philox.words(1, 2, 1, 0, n), np.float64)
    # four standard errors: of the mean, the variance, and the kurtosis (variances 1/12, 2, 96 over n)
    assert abs(u.mean() - 0.5) < 4 * (1 / 12 / n) ** 0.5
    assert abs(z.mean()) < 4 * n**-0.5
    assert abs(z.var() - 1) < 4 * (2 / n) ** 0.5
    assert abs((z**4).mean() - 3) < 4 * (96 / n) ** 0.5
    assert abs(np.corrcoef(z[0::2], z[1::2])[0, 1]) < 4 * (2 / n) ** 0.5


def test_normals_are_cosine_and_sine_of_one_pair():
    bits = philox.words(3, 3, 3, 0, 2)
    u = (np.float64(bits >> 9) + 0.5) * 2.0**-23
    radius = np.sqrt(-2 * np.log(u[0]))
    expected = [radius * np.cos(2 * np.pi * u[1]), radius * np.sin(2 * np.pi * u[1])]
    assert np.abs(philox.normals(bits, np.float64) - expected).max() < 1e-15


@pytest.mark.parametrize("size", [1, 2, 31, 33])
def test_a_normal_draw_of_odd_size_is_the_front_of_a_larger_one(size):
    backend, draw = NumPy(), Draw(9, 1, 2)
    assert np.array_equal(backend.normal((size,), draw, np.float32), backend.normal((64,), draw, np.float32)[:size])


def test_the_step_of_a_draw_may_live_in_an_array():
    backend = NumPy()
    in_array = backend.uniform((9,), Draw(1, 2, np.array([3], np.int64)), np.float32)
    assert np.array_equal(in_array, backend.uniform((9,), Draw(1, 2, 3), np.float32))


def test_an_rng_hands_out_one_stream_after_the_other():
    rng = Rng(4, stream=10, step=2)
    assert [rng.draw() for _ in range(3)] == [Draw(4, 10, 2), Draw(4, 11, 2), Draw(4, 12, 2)]


@pytest.mark.parametrize("p, threshold", [(0.0, 0), (0.5, 2**31), (0.2, int(0.2 * 2**32)), (1.0, 2**32 - 1)])
def test_keep_threshold(p, threshold):
    assert philox.keep_threshold(p) == threshold
