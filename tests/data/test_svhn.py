"""SVHN's files: read right, or refused in one sentence. The network is never touched."""

from __future__ import annotations

import hashlib
import os
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import scipy.io

from alicuda.data import svhn
from alicuda.data.find import cache, find
from alicuda.errors import InputError

try:
    import pooch
except ImportError:
    pooch = None
downloads = pytest.mark.skipif(pooch is None, reason="pooch, which downloads, is not installed")


def arrays(n: int = 5) -> dict:
    x = np.arange(32 * 32 * 3 * n, dtype=np.int64).reshape(32, 32, 3, n) % 251
    return {"X": x.astype(np.uint8), "y": (np.arange(n, dtype=np.uint8)[:, None] + 8) % 10 + 1}


def save(path: Path, content: dict | None = None, compress: bool = True) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    scipy.io.savemat(path, arrays() if content is None else content, do_compression=compress)
    return path


@pytest.fixture
def folder(tmp_path) -> Path:
    save(tmp_path / "svhn" / "train_32x32.mat")
    save(tmp_path / "svhn" / "test_32x32.mat", arrays(3))
    return tmp_path / "svhn"


@pytest.fixture(autouse=True)
def sealed(tmp_path, monkeypatch):
    """No variable, an empty cache, and a network that fails the test that touches it."""

    def touched(*_args, **_kwargs):
        raise AssertionError("the network was touched")

    monkeypatch.delenv("ALICUDA_DATA", raising=False)
    if pooch is not None:
        monkeypatch.setattr(pooch, "os_cache", lambda project: tmp_path / "cache" / project)
        monkeypatch.setattr(pooch.HTTPDownloader, "__call__", touched)


def test_layout_and_labels(folder):
    pictures = svhn.load(folder)
    source = arrays()
    assert pictures.name == "svhn" and "non-commercial" in pictures.licence
    assert pictures.train.shape == (5, 32, 32, 3) and pictures.test.shape == (3, 32, 32, 3)
    assert pictures.train.dtype == np.uint8 and pictures.train.flags.c_contiguous
    assert pictures.train[4, 7, 11, 2] == source["X"][7, 11, 2, 4] != source["X"][11, 7, 2, 4]
    assert pictures.train_labels.dtype == np.int64
    assert source["y"].ravel().tolist() == [9, 10, 1, 2, 3] and pictures.train_labels.tolist() == [9, 0, 1, 2, 3]
    assert "5 training" in pictures.note and "3 test" in pictures.note
    assert "subset of the official 73,257 and 26,032" in pictures.note


def test_whole_sets_are_not_called_subsets(folder, monkeypatch):
    monkeypatch.setattr(svhn, "OFFICIAL", {svhn.TRAIN: 5, svhn.TEST: 3})
    assert "subset" not in svhn.load(folder).note


def test_extra_alone_where_it_is_there(folder):
    assert "extra_32x32.mat is not there" in svhn.load(folder, extra=True).note
    save(folder / "extra_32x32.mat", arrays(7))
    with_extra = svhn.load(folder, extra=True)
    assert len(with_extra.train) == 7 and "extra_32x32.mat" in with_extra.note and "531,131" in with_extra.note
    without = svhn.load(folder)
    assert len(without.train) == 5 and "extra" not in without.note


def without(key):
    return {k: v for k, v in arrays().items() if k != key}


def labels(values, dtype=np.uint8):
    return {**arrays(len(values)), "y": np.array(values, dtype)[:, None]}


BAD_CONTENT = {
    "no X": (without("X"), "X and y"),
    "no y": (without("y"), "X and y"),
    "other keys": ({"images": np.zeros((2, 2))}, "images"),
    "no picture": ({"X": np.zeros((32, 32, 3, 0), np.uint8), "y": np.zeros((0, 1), np.uint8)}, "at least one picture"),
    "transposed": ({**arrays(), "X": np.zeros((5, 32, 32, 3), np.uint8)}, r"\(32, 32, 3, N\)"),
    "grey": ({**arrays(), "X": np.zeros((32, 32, 5), np.uint8)}, r"\(32, 32, 3, N\)"),
    "float pixels": ({**arrays(), "X": arrays()["X"] / 255.0}, "uint8.*float64"),
    "int16 pixels": ({**arrays(), "X": arrays()["X"].astype(np.int16)}, "uint8.*int16"),
    "fewer labels": ({**arrays(), "y": arrays(4)["y"]}, r"\(5, 1\).*\(4, 1\)"),
    "one-hot labels": ({**arrays(), "y": np.ones((5, 10), np.uint8)}, r"\(5, 1\).*\(5, 10\)"),
    "label 0": (labels([0, 1, 2]), "1 to 10.*0 to 2"),
    "label 11": (labels([11, 1, 2]), "1 to 10.*1 to 11"),
    "label 1.5": (labels([1.5, 2, 3], float), "1 to 10.*not whole"),
    "label nan": (labels([np.nan, 2, 3], float), "1 to 10"),
    "text labels": ({**arrays(), "y": np.array([["a"], ["b"], ["c"], ["d"], ["e"]], object)}, "1 to 10"),
}


@pytest.mark.parametrize("case", BAD_CONTENT)
@pytest.mark.parametrize("name", ["train_32x32.mat", "test_32x32.mat"])
def test_bad_content_is_one_sentence(folder, case, name):
    content, words = BAD_CONTENT[case]
    save(folder / name, content)
    with pytest.raises(InputError, match=f"(?s){name}.*{words}") as error:
        svhn.load(folder)
    assert "found" in str(error.value) and "download it again" in str(error.value)


def test_whole_labels_of_any_number_type(folder):
    save(folder / "train_32x32.mat", labels([1, 10, 3], float))
    assert svhn.load(folder).train_labels.tolist() == [1, 0, 3]


@pytest.mark.parametrize("name", ["train_32x32.mat", "test_32x32.mat"])
def test_missing_file(folder, name):
    (folder / name).unlink()
    with pytest.raises(InputError, match=f"{name} is missing"):
        svhn.load(folder)


@pytest.mark.parametrize("compress", [True, False])
def test_cut_anywhere(folder, compress):
    path = save(folder / "train_32x32.mat", compress=compress)
    whole = path.read_bytes()
    cuts = [0, 1, 60, 127, 128, 130, 136, 150, 200, len(whole) // 3, len(whole) // 2, len(whole) - 60, len(whole) - 9]
    for cut in cuts:
        path.write_bytes(whole[:cut])
        with pytest.raises(InputError, match=r"train_32x32.mat: expected"):
            svhn.load(folder)
    path.write_bytes(whole)
    assert len(svhn.load(folder).train) == 5


def test_damaged_bytes_never_raise_anything_else(folder):
    path = folder / "train_32x32.mat"
    whole = path.read_bytes()
    refused = 0
    for at in [124, 126, *range(128, 200, 5), *range(200, len(whole), len(whole) // 20)]:
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
        try:
            svhn.load(folder)
        except InputError:
            refused += 1
    assert refused > 20


@pytest.mark.parametrize(
    "content",
    [b"", b"hello\n" * 100, b"PK\x03\x04" + bytes(500), b"MATLAB 7.3 MAT-file" + bytes(500), b"<html>log in</html>"],
    ids=["empty", "text", "zip", "hdf5", "web page"],
)
def test_not_a_mat_file(folder, content):
    (folder / "train_32x32.mat").write_bytes(content)
    with pytest.raises(InputError, match=r"MATLAB 5.0 MAT-file"):
        svhn.load(folder)


# ---- download ----


@pytest.fixture
def server(tmp_path, monkeypatch):
    """A server that has train and test; the test may break it. `asked` records what was downloaded."""
    files = {n: save(tmp_path / "server" / n, arrays(k)).read_bytes() for n, k in ((svhn.TRAIN, 5), (svhn.TEST, 3))}
    monkeypatch.setattr(svhn, "MD5", {n: hashlib.md5(c).hexdigest() for n, c in files.items()} | {svhn.EXTRA: "0" * 32})
    asked = []

    def answer(self, url, output_file, pooch, check_only=False):
        name = url.rsplit("/", 1)[1]
        if check_only:
            return name in files
        asked.append(name)
        Path(output_file).write_bytes(files[name])
        return None

    monkeypatch.setattr(pooch.HTTPDownloader, "__call__", answer)
    answer.files, answer.asked = files, asked
    return answer


@downloads
def test_download_once_then_cache(server):
    assert len(svhn.load(None, progress=False).train) == 5
    assert server.asked == [svhn.TRAIN, svhn.TEST]
    assert svhn.load(None, progress=False).test.shape == (3, 32, 32, 3)
    assert server.asked == [svhn.TRAIN, svhn.TEST]


@downloads
def test_half_a_cache_is_completed(server):
    """What is there stays, a subset that was put there by hand too."""
    save(cache("svhn") / svhn.TRAIN, arrays(4))
    assert len(svhn.load(None, progress=False).train) == 4
    assert server.asked == [svhn.TEST]


@downloads
def test_extra_that_cannot_be_had(server):
    assert "extra_32x32.mat is not there" in svhn.load(None, extra=True, progress=False).note


@downloads
@pytest.mark.parametrize("damage", [lambda b: b[:-100], lambda b: b"<html>log in</html>"], ids=["cut", "web page"])
def test_wrong_checksum_leaves_nothing(server, damage):
    server.files[svhn.TEST] = damage(server.files[svhn.TEST])
    with pytest.raises(svhn.Unavailable, match=r"test_32x32.mat"):
        svhn.load(None, progress=False)
    assert [p.name for p in cache("svhn").iterdir()] == [svhn.TRAIN]


@downloads
def test_no_server(monkeypatch):
    def refuse(*_args, **_kwargs):
        raise ConnectionError("refused")

    monkeypatch.setattr(pooch.HTTPDownloader, "__call__", refuse)
    with pytest.raises(svhn.Unavailable, match=r"is there a network\?.*--data DIR"):
        svhn.load(None, progress=False)
    assert issubclass(svhn.Unavailable, InputError) and find("svhn", None) is None


def test_without_pooch_nothing_is_downloaded(monkeypatch):
    monkeypatch.setitem(sys.modules, "pooch", None)
    with pytest.raises(svhn.Unavailable, match=r"pooch, which would download it, is not installed.*--data DIR"):
        svhn.load(None, progress=False)


@downloads
def test_a_silent_network_is_given_up_on(monkeypatch):
    monkeypatch.setattr(svhn, "CONNECT_S", 0.1)
    monkeypatch.setattr(pooch.HTTPDownloader, "__call__", lambda *a, **k: time.sleep(3))
    start = time.monotonic()
    with pytest.raises(svhn.Unavailable):
        svhn.load(None, progress=False)
    assert time.monotonic() - start < 2


@downloads
def test_a_cache_that_cannot_be_written(server, tmp_path):
    (tmp_path / "cache").write_text("a file where a folder should be")
    with pytest.raises(svhn.Unavailable):
        svhn.load(None, progress=False)


def test_named_folders_download_nothing(folder, monkeypatch):
    (folder / "test_32x32.mat").unlink()
    monkeypatch.setenv("ALICUDA_DATA", str(folder.parent))
    for data in (None, folder):
        with pytest.raises(InputError, match="is missing") as error:
            svhn.load(data, extra=True)
        assert not isinstance(error.value, svhn.Unavailable)


DATA = os.environ.get("ALICUDA_DATA")  # read here: `sealed` hides it from the tests


def test_real_pictures():
    """The first training digits of SVHN are 1, 9, 2, 3, 2, 5, 9, 3, 3, 1 in the official order."""
    try:
        pictures = svhn.load(Path(DATA)) if DATA else None
    except InputError as error:
        pytest.skip(f"no SVHN in ALICUDA_DATA: {error}")
    if pictures is None:
        pytest.skip("ALICUDA_DATA is not set: no real SVHN to read")
    assert pictures.train_labels[:10].tolist() == [1, 9, 2, 3, 2, 5, 9, 3, 3, 1]
    assert len(np.unique(pictures.train_labels)) == len(np.unique(pictures.test_labels)) == 10
    # Upright, not transposed: numbers have more upright strokes than level ones, so they change faster sideways.
    grey = pictures.train.mean(axis=3)
    assert np.abs(np.diff(grey, axis=2)).mean() > 1.3 * np.abs(np.diff(grey, axis=1)).mean()
