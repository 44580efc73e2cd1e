"""The shuffle: each picture once per epoch, a new order each time, and a resumed run sees the same batches."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alicuda import philox
from alicuda.data.loader import Loader
from alicuda.errors import InputError


def numbered(n: int) -> np.ndarray:
    """Pictures of 1 x 1 whose first two channels spell their own position."""
    n_ = np.arange(n)
    return np.stack([n_ % 256, n_ // 256, 0 * n_], axis=1).astype(np.uint8).reshape(n, 1, 1, 3)


def epoch(loader: Loader, number: int) -> np.ndarray:
    steps = range(number * loader.steps_per_epoch, (number + 1) * loader.steps_per_epoch)
    return np.concatenate([loader.indices(step) for step in steps])


@settings(max_examples=40, deadline=None)
@given(n=st.integers(1, 70), batch=st.integers(1, 70), seed=st.integers(0, 2**64 - 1), number=st.integers(0, 5))
def test_each_picture_once_per_epoch(n, batch, seed, number):
    batch = min(n, batch)
    loader = Loader(numbered(n), batch, seed)
    assert sorted(epoch(loader, number)) == list(range(n))
    sizes = [len(loader.indices(step)) for step in range(loader.steps_per_epoch)]
    assert sizes == [batch] * (n // batch) + ([n % batch] if n % batch else [])


def test_epochs_and_seeds_differ():
    loader = Loader(numbered(1000), 64, seed=1)
    orders = [epoch(loader, 0), epoch(loader, 1), epoch(Loader(numbered(1000), 64, seed=2), 0), np.arange(1000)]
    for i in range(4):
        for j in range(i):
            assert np.mean(orders[i] == orders[j]) < 0.02  # one in a thousand agrees by chance


def test_every_place_is_equally_likely():
    """Over many epochs picture 0 comes early and late alike: mean 49.5, standard error 28.9 / sqrt(400) = 1.4."""
    loader = Loader(numbered(100), 100, seed=0)
    places = [int(np.flatnonzero(loader.indices(step) == 0)[0]) for step in range(400)]
    assert abs(np.mean(places) - 49.5) < 5 and abs(np.std(places) - 28.9) < 4


def test_resumed_run_continues_in_the_middle_of_an_epoch():
    whole = Loader(numbered(50), 8, seed=3)
    steps = [whole.indices(step) for step in range(20)]
    for start in (3, 7, 13):
        resumed = Loader(numbered(50), 8, seed=3)
        for step in range(start, 20):
            assert np.array_equal(resumed.indices(step), steps[step])
    backwards = Loader(numbered(50), 8, seed=3)
    for step in reversed(range(20)):
        assert np.array_equal(backwards.indices(step), steps[step])


def test_equal_keys_keep_their_order(monkeypatch):
    """About one pair in 4,000 million keys is equal: SVHN's extra set has some thirty such pairs in every epoch."""
    monkeypatch.setattr(philox, "words", lambda seed, stream, step, start, stop: np.arange(stop, dtype=np.uint32) % 2)
    assert Loader(numbered(500), 500, 0).indices(0).tolist() == [*range(0, 500, 2), *range(1, 500, 2)]


def test_order_is_independent_of_batch_size():
    assert np.array_equal(epoch(Loader(numbered(50), 8, 0), 1), epoch(Loader(numbered(50), 50, 0), 1))


def test_batch_holds_the_pictures_of_its_indices():
    loader = Loader(numbered(300), 7, seed=0)
    batch, indices = loader.batch(40), loader.indices(40)
    assert batch.shape == (7, 1, 1, 3) and batch.dtype == np.uint8 and indices.dtype == np.int64
    assert np.array_equal(batch[:, 0, 0, 0] + 256 * batch[:, 0, 0, 1].astype(int), indices)


def test_changing_what_was_returned_changes_nothing():
    loader = Loader(numbered(10), 5, seed=0)
    before = loader.indices(0).copy()
    loader.indices(0)[:] = 0
    loader.batch(0)[:] = 0
    assert np.array_equal(loader.indices(0), before) and np.array_equal(loader.pictures, numbered(10))


def test_the_order_is_pinned():
    """A checkpoint of today resumes with the release of tomorrow: the order may never change."""
    assert Loader(numbered(12), 12, seed=0).indices(0).tolist() == [6, 8, 7, 9, 1, 2, 3, 10, 5, 11, 0, 4]
    assert Loader(numbered(12), 12, seed=2**40 + 5).indices(3).tolist() == [11, 10, 8, 2, 6, 1, 3, 9, 0, 7, 5, 4]


def test_wrong_sizes():
    with pytest.raises(InputError, match=r"batch of 11.*found 10.*--batch-size 10"):
        Loader(numbered(10), 11, 0)
    with pytest.raises(InputError, match="no training pictures"):
        Loader(numbered(0), 1, 0)
    with pytest.raises(InputError, match="at least 1"):
        Loader(numbered(10), 0, 0)
    with pytest.raises(ValueError, match="from 0"):
        Loader(numbered(10), 1, 0).indices(-1)
