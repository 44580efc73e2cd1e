"""The drawn digits: reproducible, and in colour, contrast and sharpness like SVHN."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from alicuda.data import svhn, synthetic
from alicuda.errors import InputError


@pytest.fixture(scope="module")
def pictures():
    return synthetic.load(0, 1200, 40)


def test_what_it_is(pictures):
    assert pictures.name == "synthetic" and "synthetic" in pictures.note and "1,200" in pictures.note
    assert pictures.train.shape == (1200, 32, 32, 3) and pictures.test.shape == (40, 32, 32, 3)
    assert pictures.train.dtype == np.uint8 and pictures.train_labels.dtype == np.int64
    assert pictures.train_labels.shape == (1200,) and pictures.test_labels.shape == (40,)


def test_same_seed_same_bits_whatever_else_is_drawn(pictures):
    """Sizes that end inside, at and after a batch; the other set's size must not matter either."""
    for train, test in ((1, 3), (synthetic.BATCH, 1), (synthetic.BATCH + 1, 7)):
        fewer = synthetic.load(0, train, test)
        assert np.array_equal(fewer.train, pictures.train[:train])
        assert np.array_equal(fewer.test, pictures.test[:test])
        assert np.array_equal(fewer.train_labels, pictures.train_labels[:train])
        assert np.array_equal(fewer.test_labels, pictures.test_labels[:test])


def test_batches_do_not_show(pictures, monkeypatch):
    monkeypatch.setattr(synthetic, "BATCH", 7)
    fewer = synthetic.load(0, 30, 1)
    assert np.array_equal(fewer.train, pictures.train[:30])


def test_seeds_and_sets_differ(pictures):
    other = synthetic.load(1, 40, 40)
    sets = [pictures.train[:40], pictures.test, other.train, other.test]
    flat = np.concatenate(sets).reshape(160, -1)
    assert len(np.unique(flat, axis=0)) == 160


def test_every_picture_differs(pictures):
    assert len(np.unique(pictures.train.reshape(1200, -1), axis=0)) == 1200


def statistics(pixels: np.ndarray) -> dict[str, float]:
    f = pixels.astype(float)
    means = f.mean((1, 2))
    within = (f - means[:, None, None]).reshape(-1, 3)
    grey = f.mean(3)
    contrast = grey.std((1, 2))
    sideways = np.abs(np.diff(grey, axis=2)).mean((1, 2))
    return {
        "red": f[..., 0].mean(),
        "green": f[..., 1].mean(),
        "blue": f[..., 2].mean(),
        "spread of all pixels": f.std(),
        "spread of picture means": means.std(0).mean(),
        "contrast, median": float(np.median(contrast)),
        "contrast, lowest twentieth": float(np.percentile(contrast, 5)),
        "contrast, highest twentieth": float(np.percentile(contrast, 95)),
        "saturation, median": float(np.median((f.max(3) - f.min(3)).mean((1, 2)))),
        "red with blue, between pictures": float(np.corrcoef(means.T)[0, 2]),
        "red with blue, within pictures": float(np.corrcoef(within.T)[0, 2]),
        "steepness, median": float(np.median(sideways / contrast)),
    }


# Of the first 1,000 training pictures of SVHN, with how far the drawn ones may lie from it.
SVHN = {
    "red": (115.2, 8),
    "green": (116.2, 8),
    "blue": (122.6, 8),
    "spread of all pixels": (52.9, 6),
    "spread of picture means": (42.0, 5),
    "contrast, median": (27.7, 4),
    "contrast, lowest twentieth": (15.2, 4),
    "contrast, highest twentieth": (50.6, 8),
    "saturation, median": (18.0, 5),
    "red with blue, between pictures": (0.88, 0.06),
    "red with blue, within pictures": (0.914, 0.07),
    "steepness, median": (0.31, 0.07),
}


def test_statistics_are_like_svhn(pictures):
    found = statistics(pictures.train)
    far = {k: (v, SVHN[k][0]) for k, v in found.items() if abs(v - SVHN[k][0]) > SVHN[k][1]}
    assert not far and found.keys() == SVHN.keys()


def test_the_figures_above_are_those_of_svhn():
    if not os.environ.get("ALICUDA_DATA"):
        pytest.skip("ALICUDA_DATA is not set: no real SVHN to compare with")
    try:
        real = svhn.load(Path(os.environ["ALICUDA_DATA"]))
    except InputError as error:
        pytest.skip(f"no SVHN in ALICUDA_DATA: {error}")
    for name, value in statistics(real.train[:1000]).items():
        assert value == pytest.approx(SVHN[name][0], rel=0.02), name


def test_labels_occur_as_often_as_in_svhn(pictures):
    share = np.bincount(pictures.train_labels, minlength=10) / 1200
    assert np.abs(share - synthetic.FREQUENCY).max() < 4 * np.sqrt(0.19 * 0.81 / 1200)
    assert synthetic.FREQUENCY.sum() == pytest.approx(1)


def test_digits_can_be_told_apart(pictures):
    """The label is in the picture: contours of the nearest drawn digits name the digit far better than chance."""

    def outline(pixels):
        grey = pixels.astype(float).mean(3)[:, 4:28, 8:24]
        steep = np.hypot(np.gradient(grey, axis=1), np.gradient(grey, axis=2)).reshape(len(grey), -1)
        return steep / np.linalg.norm(steep, axis=1, keepdims=True)

    train, test = outline(pictures.train[:1000]), outline(pictures.train[1000:])
    nearest = np.argsort(-test @ train.T, axis=1)[:, :5]
    votes = np.array([np.bincount(pictures.train_labels[n], minlength=10).argmax() for n in nearest])
    assert np.mean(votes == pictures.train_labels[1000:]) > 0.5  # chance is 0.19


def test_every_font_has_ten_digits():
    for font in sorted(set(synthetic.FONTS)):
        shapes = {(glyph.size, glyph.tobytes()) for glyph in (synthetic._glyph(font, digit) for digit in range(10))}
        assert len(shapes) == 10, font
        for digit in range(10):
            ink = np.asarray(synthetic._glyph(font, digit)) > 128
            assert 0.08 < ink.mean() < 0.9 and abs(ink.shape[0] - synthetic.GLYPH) <= 5, (font, digit, ink.shape)


def test_wrong_counts():
    for train, test in ((0, 1), (1, 0), (-1, 5)):
        with pytest.raises(InputError, match="at least one"):
            synthetic.load(0, train, test)


def test_missing_font(monkeypatch):
    monkeypatch.setattr(synthetic, "FONTS", ("no such font.ttf",))
    with pytest.raises(InputError, match=r"no such font.ttf.*reinstall matplotlib"):
        synthetic.load(0, 1, 1)
