"""Your own pictures: every kind that people have, and every way in which they are broken."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from alicuda.data import image_folder
from alicuda.data.image_folder import load, read_picture
from alicuda.errors import InputError

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


def near(pixel, colour, by: int = 3) -> bool:
    return bool(np.abs(np.asarray(pixel, int) - colour).max() <= by)


def plain(path: Path, colour=RED, size=(8, 8), **options) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, colour).save(path, **options)
    return path


def folder_of(path: Path, count: int) -> Path:
    """Pictures 000.png, 001.png, ... whose red channel is their number."""
    for i in range(count):
        plain(path / f"{i:03}.png", (i % 256, i // 256, 0))
    return path


def numbers(pixels: np.ndarray) -> list[int]:
    return (pixels[:, 0, 0, 0] + 256 * pixels[:, 0, 0, 1].astype(int)).tolist()


# ---- one picture ----


def test_a_picture_of_the_right_size_is_unchanged(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (32, 32, 3), np.uint8)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    found = read_picture(tmp_path / "a.png", 32)
    assert found.dtype == np.uint8 and np.array_equal(found, pixels)


@pytest.mark.parametrize("size", [(48, 16), (16, 48)])
def test_the_central_square_is_kept(tmp_path, size):
    pixels = np.zeros((48, 16, 3), np.uint8)
    pixels[:16], pixels[16:32], pixels[32:] = RED, GREEN, BLUE
    image = Image.fromarray(pixels if size == (16, 48) else pixels.transpose(1, 0, 2).copy())
    assert image.size == size
    image.save(tmp_path / "a.png")
    found = read_picture(tmp_path / "a.png", 8)
    assert found.shape == (8, 8, 3) and near(found, GREEN)


def test_shrinking_averages_rather_than_picks(tmp_path):
    """Stripes one pixel wide turn grey; picking pixels would leave them black or white."""
    stripes = np.zeros((256, 256, 3), np.uint8)
    stripes[:, ::2] = 255
    Image.fromarray(stripes).save(tmp_path / "a.png")
    assert near(read_picture(tmp_path / "a.png", 16)[2:-2, 2:-2], (128, 128, 128), by=6)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_rotation(tmp_path, orientation):
    """Eight ways to hold a camera; the red quarter is always upper left in the end."""
    upright = np.full((64, 64, 3), 255, np.uint8)
    upright[:32, :32], upright[:32, 32:] = RED, BLUE
    # How the sensor's rows lie, given that a viewer who obeys the tag sees `upright` (EXIF 2.3, tag 0x0112).
    stored = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.transpose(1, 0, 2),
        6: np.rot90(upright, 1),
        7: upright[::-1, ::-1].transpose(1, 0, 2),
        8: np.rot90(upright, -1),
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(np.ascontiguousarray(stored)).save(tmp_path / "a.jpg", exif=exif, quality=95, subsampling=0)
    found = read_picture(tmp_path / "a.jpg", 16)
    assert near(found[3, 3], RED, 12) and near(found[3, 12], BLUE, 12) and near(found[12, 3], WHITE, 12)


def modes() -> dict[str, tuple[Image.Image, str, tuple[int, int, int]]]:
    half_red = Image.new("RGBA", (8, 8), (255, 0, 0, 128))
    palette = Image.new("P", (8, 8), 1)
    palette.putpalette([0, 0, 0, 0, 0, 255])
    clear = palette.copy()
    clear.info["transparency"] = 1
    return {
        "RGB": (Image.new("RGB", (8, 8), GREEN), "png", GREEN),
        "RGBA, clear": (Image.new("RGBA", (8, 8), (255, 0, 0, 0)), "png", WHITE),
        "RGBA, half": (half_red, "png", (255, 127, 127)),
        "grey with alpha": (Image.new("LA", (8, 8), (0, 0)), "png", WHITE),
        "1 bit": (Image.new("1", (8, 8), 1), "png", WHITE),
        "grey": (Image.new("L", (8, 8), 77), "png", (77, 77, 77)),
        "16 bit": (Image.fromarray(np.full((8, 8), 100 * 256 + 7, np.uint16)), "png", (100, 100, 100)),
        "16 bit tiff": (Image.fromarray(np.full((8, 8), 200 * 256, np.uint16)), "tiff", (200, 200, 200)),
        "palette": (palette, "png", BLUE),
        "palette, clear": (clear, "png", WHITE),
        "gif": (palette, "gif", BLUE),
        "CMYK": (Image.new("CMYK", (8, 8), (0, 255, 255, 0)), "jpg", RED),
        "webp": (Image.new("RGB", (8, 8), GREEN), "webp", GREEN),
        "bmp": (Image.new("RGB", (8, 8), BLUE), "bmp", BLUE),
    }


@pytest.mark.parametrize("kind", modes())
def test_every_mode_becomes_rgb(tmp_path, kind):
    image, extension, colour = modes()[kind]
    options = {"transparency": 1} if kind == "palette, clear" else {}
    image.save(tmp_path / f"a.{extension}", **options)
    found = read_picture(tmp_path / f"a.{extension}", 4)
    assert found.shape == (4, 4, 3) and found.dtype == np.uint8 and near(found, colour, 4)


def test_one_picture_that_cannot_be_read(tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    Image.fromarray(noise).save(tmp_path / "whole.png")
    whole = (tmp_path / "whole.png").read_bytes()
    (tmp_path / "cut.png").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "empty.png").touch()
    (tmp_path / "text.png").write_text("hello")
    Image.fromarray(np.zeros((8, 8), np.float32)).save(tmp_path / "float.tiff")
    for name in ("cut.png", "empty.png", "text.png", "float.tiff"):
        with pytest.raises(InputError, match=f"{name} is not a picture"):
            read_picture(tmp_path / name, 32)
    with pytest.raises(InputError, match="no such file"):
        read_picture(tmp_path / "missing.png", 32)
    with pytest.raises(InputError, match="is a folder"):
        read_picture(tmp_path, 32)


def test_decompression_bomb(tmp_path, monkeypatch):
    plain(tmp_path / "a.png", size=(300, 300))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10_000)
    with pytest.raises(InputError, match="bomb"):
        read_picture(tmp_path / "a.png", 32)


def test_large_jpeg_is_read_like_a_small_one(tmp_path):
    """Decoding at a fraction of the size must not shift or darken the picture."""
    y, x = np.mgrid[:512, :512]
    pixels = np.stack([x // 2, y // 2, (x + y) // 4], axis=2).astype(np.uint8)
    Image.fromarray(pixels).save(tmp_path / "a.jpg", quality=95)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    a, b = (read_picture(tmp_path / f"a.{e}", 32).astype(int) for e in ("jpg", "png"))
    assert np.abs(a - b).max() <= 4


# ---- folders ----


def test_folder_is_sorted_split_and_described(tmp_path):
    pictures = load(folder_of(tmp_path / "d", 100), 8)
    assert pictures.name == "images" and pictures.train_labels is None and pictures.test_labels is None
    assert numbers(pictures.test) == list(range(9, 100, 10))
    assert numbers(pictures.train) == [i for i in range(100) if i % 10 != 9]
    assert pictures.train.flags.c_contiguous and pictures.train.shape == (90, 8, 8, 3)
    assert "90 training" in pictures.note and "10 test" in pictures.note and "memorise" in pictures.note
    assert "broken" not in pictures.note


def test_500_pictures_are_not_called_few(tmp_path):
    assert "memorise" not in load(folder_of(tmp_path, 500), 2).note


def test_the_test_set_has_a_limit_and_spans_all(tmp_path, monkeypatch):
    monkeypatch.setattr(image_folder, "MOST_TEST", 3)
    pictures = load(folder_of(tmp_path, 60), 2)
    assert numbers(pictures.test) == [19, 39, 59] and len(pictures.train) == 57


@pytest.mark.parametrize("count", [2, 3, 11, 19, 25])
def test_small_folders(tmp_path, count):
    pictures = load(folder_of(tmp_path, count), 2)
    assert len(pictures.test) == max(count // 10, 1)
    assert sorted(numbers(pictures.train) + numbers(pictures.test)) == list(range(count))


def test_only_pictures_are_looked_at(tmp_path):
    plain(tmp_path / "b" / "c" / "Grün ✓.JPEG", GREEN)
    plain(tmp_path / "a.Png", RED)
    for name in (".hidden.png", ".git/x.png", "__MACOSX/a.png", "b/.thumbs/x.png"):
        plain(tmp_path / name, BLUE)
    (tmp_path / "notes.txt").write_text("hello")
    (tmp_path / "folder.png").mkdir()
    pictures = load(tmp_path, 4)
    assert near(pictures.train[0], RED) and near(pictures.test[0], GREEN) and len(pictures.train) == 1
    assert "broken" not in pictures.note


def test_a_hidden_folder_may_be_named(tmp_path):
    assert len(load(folder_of(tmp_path / ".hidden", 4), 2).train) == 3


def test_broken_pictures_are_counted(tmp_path):
    folder_of(tmp_path, 12)
    (tmp_path / "003.png").write_bytes((tmp_path / "003.png").read_bytes()[:40])
    (tmp_path / "005.png").write_text("hello")
    pictures = load(tmp_path, 2)
    assert numbers(pictures.train) + numbers(pictures.test) == [0, 1, 2, 4, 6, 7, 8, 9, 10, 11]
    assert "2 broken skipped (first: 003.png" in pictures.note and "0x" not in pictures.note


def test_folders_without_enough(tmp_path):
    with pytest.raises(InputError, match="no pictures found"):
        load(tmp_path, 8)
    (tmp_path / "faces.zip").touch()
    with pytest.raises(InputError, match=r"holds faces\.zip"):
        load(tmp_path, 8)
    plain(tmp_path / "a.png")
    with pytest.raises(InputError, match=r"at least 2.*1 of 1"):
        load(tmp_path, 8)
    (tmp_path / "b.png").touch()
    with pytest.raises(InputError, match=r"at least 2.*1 of 2.*b\.png: not a picture"):
        load(tmp_path, 8)
    with pytest.raises(InputError, match="no such folder"):
        load(tmp_path / "missing", 8)
    with pytest.raises(InputError, match="neither a folder nor"):
        load(tmp_path / "a.png", 8)


# ---- zips ----


def png(colour) -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (8, 8), colour).save(data, "png")
    return data.getvalue()


def zip_of(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def test_zip_equals_folder(tmp_path):
    folder = folder_of(tmp_path / "d", 30)
    files = sorted(folder.iterdir(), reverse=True)  # stored in another order than the sorted one
    archive = zip_of(tmp_path / "d.zip", {path.name: path.read_bytes() for path in files})
    assert load(archive, 8).checksum() == load(folder, 8).checksum()


def test_zip_members_are_never_written_to_disk(tmp_path, monkeypatch):
    inside = tmp_path / "one" / "two"
    inside.mkdir(parents=True)
    monkeypatch.chdir(inside)
    names = ["../../evil.png", "/absolute.png", "Grün ✓.png"]
    members = {name: png((50 * i, 0, 0)) for i, name in enumerate(names)}
    ignored = {"__MACOSX/._a.png": b"x", "a/.b.png": b"x", "readme.txt": b"x", "folder.png/": b""}
    archive = zip_of(inside / "a.zip", {**members, **ignored})
    before = sorted(tmp_path.rglob("*"))
    pictures = load(archive, 4)
    assert sorted(tmp_path.rglob("*")) == before and not Path("/absolute.png").exists()
    assert len(pictures.train) + len(pictures.test) == 3 and "broken" not in pictures.note


def test_broken_zip_members_are_counted(tmp_path):
    archive = zip_of(tmp_path / "a.zip", {f"{i}.png": png((i, 0, 0)) for i in range(5)})
    whole = archive.read_bytes()
    at = whole.index(b"2.png") + 30  # inside the third member's data
    archive.write_bytes(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
    pictures = load(archive, 2)
    assert len(pictures.train) == 3 and "1 broken skipped (first: 2.png" in pictures.note


def test_zip_member_that_promises_too_much(tmp_path, monkeypatch):
    bomb = zip_of(tmp_path / "a.zip", {"a.png": png(RED), "b.png": png(RED), "c.png": bytes(100_000)})
    monkeypatch.setattr(image_folder, "MOST_BYTES", 50_000)
    assert "1 broken skipped (first: c.png: file too large)" in load(bomb, 2).note


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x03\x04" + bytes(50)])
def test_not_a_zip(tmp_path, content):
    (tmp_path / "a.zip").write_bytes(content)
    with pytest.raises(InputError, match=r"a\.zip is not a \.zip"):
        load(tmp_path / "a.zip", 8)


def test_cut_zip(tmp_path):
    archive = zip_of(tmp_path / "a.zip", {f"{i}.png": png((i, 0, 0)) for i in range(5)})
    archive.write_bytes(archive.read_bytes()[:-40])
    with pytest.raises(InputError, match="is it whole"):
        load(archive, 8)
