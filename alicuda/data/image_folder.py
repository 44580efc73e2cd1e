"""Your own pictures: a folder, or a .zip that is read where it lies, without unpacking it to disk.

Each picture is turned upright (EXIF), flattened on white, cut to its central square and resized.
"""

from __future__ import annotations

import io
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import numpy as np
from PIL import Image, ImageOps
from tqdm import tqdm

from alicuda.data.pictures import Pictures
from alicuda.errors import InputError

EXTENSIONS = {".bmp", ".gif", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp"}
MOST_BYTES = 1 << 28  # a picture file larger than 256 MiB is taken for a broken one: a .zip may promise anything
MOST_TEST = 1000
FEW = 500
LICENCE = "your own pictures; their licence is for you to know"


def load(source: Path, size: int) -> Pictures:
    """All pictures of a folder (with those inside it) or of a .zip, as (N, size, size, 3) uint8, sorted by name.

    One in ten goes to the test set, at least 1 and at most 1,000, spread evenly over the sorted names: the same
    pictures give the same sets. Broken pictures are left out and counted in the note. Hidden files, `__MACOSX` and
    files whose extension is not a picture's are not looked at. Raises InputError where fewer than 2 pictures are left.
    """
    source = Path(source).expanduser()
    entries = _entries(source)
    if not entries:
        raise InputError(f"{source}: no pictures found ({', '.join(sorted(EXTENSIONS))}){_zips_in(source)}")
    pixels, broken = np.empty((len(entries), size, size, 3), np.uint8), []
    count = 0
    for name, read in tqdm(entries, desc="reading pictures", unit=" pictures", disable=None, delay=2, leave=False):
        try:
            pixels[count] = _decode(read(), size)
            count += 1
        except Exception as error:  # Pillow's and zipfile's readers raise many kinds on a damaged file
            shown = name if name.isprintable() else repr(name)  # a name in a zip may try to steer a terminal
            broken.append(f"{shown}: {_reason(error)}")
    if count < 2:
        found = f"{count} of {len(entries)} can be read" + (f" (first problem: {broken[0]})" if broken else "")
        raise InputError(f"{source}: need at least 2 pictures, one to train on and one to test with; {found}")
    pixels = pixels[:count]
    test_count = min(max(count // 10, 1), MOST_TEST)
    in_test = np.zeros(count, bool)
    in_test[(np.arange(test_count) + 1) * count // test_count - 1] = True  # with 100 pictures: 9, 19, ... 99
    train, test = pixels[~in_test], pixels[in_test]
    note = f"images: {len(train):,} training and {len(test):,} test pictures, {size} x {size}, from {source}"
    if broken:
        note += f"; {len(broken):,} broken skipped (first: {broken[0]})"
    if count < FEW:
        note += f"; with fewer than {FEW} pictures the model will memorise them"
    return Pictures("images", train, test, None, None, note, LICENCE)


def read_picture(path: Path, size: int) -> np.ndarray:
    """One picture file as (size, size, 3) uint8. Raises InputError where it is missing or not a whole picture."""
    path = Path(path).expanduser()
    if path.is_dir():
        raise InputError(f"{path} is a folder; give a picture file")
    if not path.exists():
        raise InputError(f"{path}: there is no such file")
    try:
        return _decode(_read_file(path), size)
    except Exception as error:  # as above
        raise InputError(f"{path} is not a picture that can be read ({_reason(error)})") from None


# ---- files ----


def _entries(source: Path) -> list[tuple[str, Callable[[], bytes]]]:
    """Names, relative to `source` and sorted, each with the function that reads its bytes."""
    if source.is_dir():
        files = {path.relative_to(source).as_posix(): path for path in source.rglob("*")}
        return [
            (name, lambda path=path: _read_file(path))  # type: ignore[misc]
            for name, path in sorted(files.items())
            if _wanted(name) and path.is_file()
        ]
    if not source.exists():
        raise InputError(f"{source}: there is no such folder or .zip")
    if source.suffix.lower() != ".zip":
        raise InputError(f"{source} is neither a folder nor a .zip; give the folder that holds your pictures")
    try:
        archive = zipfile.ZipFile(source)
        members = sorted(archive.infolist(), key=lambda member: member.filename)
    except (OSError, ValueError, NotImplementedError, zipfile.BadZipFile) as error:
        raise InputError(f"{source} is not a .zip that can be read ({error}); is it whole?") from None
    return [
        (member.filename, lambda member=member: _read_member(archive, member))  # type: ignore[misc]
        for member in members
        if not member.is_dir() and _wanted(member.filename)
    ]


def _wanted(name: str) -> bool:
    path = PurePosixPath(name)
    hidden = any(part == "__MACOSX" or (part.startswith(".") and part != "..") for part in path.parts)
    return path.suffix.lower() in EXTENSIONS and not hidden


def _read_file(path: Path) -> bytes:
    if not path.is_file():  # a pipe or a device may never end
        raise ValueError("not a regular file")
    if path.stat().st_size > MOST_BYTES:
        raise ValueError("file too large")
    return path.read_bytes()


def _read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    if member.file_size > MOST_BYTES:  # zipfile gives no more bytes than a member declares
        raise ValueError("file too large")
    return archive.read(member)


def _zips_in(source: Path) -> str:
    zips = sorted(path.name for path in source.glob("*.zip")) if source.is_dir() else []
    return f"; it holds {zips[0]}, which you can give instead" if zips else ""


def _reason(error: Exception) -> str:
    if isinstance(error, Image.UnidentifiedImageError):
        return "not a picture"  # Pillow's own text names a memory address
    return str(error) or type(error).__name__


# ---- pixels ----


def _decode(data: bytes, size: int) -> np.ndarray:
    """The bytes of a picture file to (size, size, 3) uint8. Pillow refuses pictures of more than 179 million pixels."""
    with warnings.catch_warnings():
        # Pillow warns from half of that limit on, and about odd metadata; neither is a reason to print or to stop.
        warnings.simplefilter("ignore")
        opened = Image.open(io.BytesIO(data))
        opened.draft(None, (2 * size, 2 * size))  # a large JPEG is decoded at half, a quarter or an eighth: far faster
        image = _to_rgb(ImageOps.exif_transpose(opened))
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    # Lanczos: smooth when it enlarges, free of aliasing and sharper than a box when it shrinks. A picture that has the
    # right size already comes through unchanged.
    square = image.crop((left, top, left + side, top + side))  # resize(box=...) would mix in what lies outside the box
    return np.asarray(square.resize((size, size), Image.Resampling.LANCZOS, reducing_gap=3.0))


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I"):  # 16 bits a pixel; convert() would clip all above 255 to white
        image = Image.fromarray((np.clip(np.asarray(image), 0, 65535) // 256).astype(np.uint8))
    if image.mode == "F":
        raise ValueError("floating-point pixels, whose range is not known")
    if image.mode in ("RGBA", "RGBa", "LA", "La", "PA") or "transparency" in image.info:
        image = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
    return image.convert("RGB")
