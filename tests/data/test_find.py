"""Where the data sets are looked for, and in which order."""

from __future__ import annotations

from pathlib import Path

import pytest

from alicuda.data.find import cache, find
from alicuda.errors import InputError

pooch = pytest.importorskip("pooch", reason="pooch, which knows where caches lie, is not installed")


@pytest.fixture(autouse=True)
def nowhere(tmp_path, monkeypatch):
    """Neither a variable nor a cache, whatever this machine has."""
    monkeypatch.delenv("ALICUDA_DATA", raising=False)
    monkeypatch.setattr(pooch, "os_cache", lambda project: tmp_path / "cache" / project)


def put_svhn(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "train_32x32.mat").touch()
    return folder


def test_nothing_anywhere():
    assert find("svhn", None) is None


@pytest.mark.parametrize("inner", ["svhn", "."], ids=["root", "own folder"])
def test_explicit_folder(tmp_path, inner):
    folder = put_svhn(tmp_path / "d" / inner)
    assert find("svhn", tmp_path / "d").resolve() == folder.resolve()


@pytest.mark.parametrize("inner", ["svhn", "."], ids=["root", "own folder"])
def test_environment(tmp_path, monkeypatch, inner):
    folder = put_svhn(tmp_path / "d" / inner)
    monkeypatch.setenv("ALICUDA_DATA", str(tmp_path / "d"))
    assert find("svhn", None).resolve() == folder.resolve()


def test_order_is_argument_environment_cache(tmp_path, monkeypatch):
    put_svhn(cache("svhn"))
    assert find("svhn", None) == cache("svhn")
    monkeypatch.setenv("ALICUDA_DATA", str(put_svhn(tmp_path / "variable")))
    assert find("svhn", None) == tmp_path / "variable"
    assert find("svhn", put_svhn(tmp_path / "argument")) == tmp_path / "argument"


@pytest.mark.parametrize("value", ["", "elsewhere", "missing"])
def test_environment_without_this_set_falls_through(tmp_path, monkeypatch, value):
    (tmp_path / "elsewhere" / "celeba").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ALICUDA_DATA", value)
    assert find("svhn", None) is None
    put_svhn(cache("svhn"))
    assert find("svhn", None) == cache("svhn")


def test_explicit_folder_never_falls_through(tmp_path, monkeypatch):
    monkeypatch.setenv("ALICUDA_DATA", str(put_svhn(tmp_path / "variable")))
    put_svhn(cache("svhn"))
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").touch()
    for name, words in (("missing", "no such folder"), ("empty", "does not hold svhn"), ("file", "not a folder")):
        with pytest.raises(InputError, match=words) as error:
            find("svhn", tmp_path / name)
        assert "train_32x32.mat" in str(error.value) and name in str(error.value)


def test_home_is_expanded(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    put_svhn(tmp_path / "d")
    monkeypatch.setenv("ALICUDA_DATA", "~/d")
    assert find("svhn", None) == tmp_path / "d" == find("svhn", Path("~/d"))


def test_other_sets(tmp_path):
    (tmp_path / "cifar10" / "cifar-10-batches-bin").mkdir(parents=True)
    (tmp_path / "celeba").mkdir()
    (tmp_path / "celeba" / "img_align_celeba.zip").touch()
    assert find("cifar10", tmp_path) == tmp_path / "cifar10"
    assert find("celeba", tmp_path) == tmp_path / "celeba"
