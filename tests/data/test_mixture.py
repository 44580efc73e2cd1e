"""The mixture is what the specification says, and modes are counted as PacGAN counts them: known answers."""

import numpy as np
import pytest

from alicuda.data import mixture
from alicuda.data.mixture import STD, Mixture, count_modes


@pytest.fixture(scope="module")
def data() -> Mixture:
    return mixture.load()


def test_the_official_mixture(data):
    lines = {-4.0, -2.0, 0.0, 2.0, 4.0}
    assert {tuple(centre) for centre in data.centres} == {(x, y) for x in lines for y in lines}
    assert data.train.shape == (100_000, 2) and data.train.dtype == np.float32 and len(data.test) == 10_000
    away = data.train - data.centres[data.train_labels]
    # Standard errors: 0.05 / sqrt(2e5) of the mean, 0.05 / sqrt(4e5) of the deviation; five of each.
    assert abs(away.mean()) < 5 * STD / np.sqrt(2e5) and abs(away.std() - STD) < 5 * STD / np.sqrt(4e5)
    assert abs(np.corrcoef(away.T)[0, 1]) < 5 / np.sqrt(1e5)
    shares = np.bincount(data.train_labels, minlength=25) / 1e5
    assert np.abs(shares - 0.04).max() < 5 * np.sqrt(0.04 * 0.96 / 1e5)


def test_drawn_anew_it_is_the_same_and_the_sets_differ(data):
    again = mixture.load()
    assert again.checksum() == data.checksum() != mixture.load(3).checksum()
    assert not np.isin(data.test[:, 0], data.train[:, 0]).all()


def test_the_data_itself_covers_everything(data):
    found = count_modes(data.test[:2500], data.centres)
    assert found.modes == 25
    assert abs(found.high_quality - (1 - np.exp(-4.5))) < 5 * np.sqrt(0.989 * 0.011 / 2500)
    assert found.reverse_kl < 0.02  # 24 degrees of freedom over 2 N: 0.005


def test_collapsed_half_and_nowhere(data):
    one = np.repeat(data.centres[:1], 100, axis=0)
    assert count_modes(one, data.centres) == (1, 1.0, pytest.approx(np.log(25)))
    half = np.concatenate([data.centres[:12], data.centres[:12] + 0.5])  # sqrt(0.5) is 14 deviations
    assert count_modes(half, data.centres) == (12, 0.5, pytest.approx(np.log(25 / 12)))
    assert count_modes(data.centres + 0.9, data.centres)[:2] == (0, 0.0)


def test_the_border_of_quality(data):
    inside, outside = ([[sign * 2.999 * STD, 0]] for sign in (1, -1)), [[3.001 * STD, 0]]
    assert all(count_modes(np.array(point), data.centres).modes == 1 for point in inside)
    assert count_modes(np.array(outside), data.centres).modes == 0


def test_samples_that_are_not_finite(data):
    points = np.array([[np.nan, 0], [np.inf, 0], [0, 0], [2, 2]])
    assert count_modes(points, data.centres) == (2, 0.5, pytest.approx(np.log(12.5)))
    assert count_modes(points[:2], data.centres)[:2] == (0, 0.0)
