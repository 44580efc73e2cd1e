"""SVHN-like digits drawn here, for machines where SVHN cannot be had.

House numbers as a camera sees them: a digit in the middle, often with neighbours cut off by the picture's sides, on a
plate or a wall; turned, sheared and seen from the side; muted colours in which red, green and blue rise and fall
together; uneven light, shadow, blur, sharpening halos and sensor noise. The constants were fitted by eye and by the
statistics of SVHN's training set (mean and spread of each channel, contrast, saturation, steepness of the edges).

Picture i is a function of (seed, set, i) alone, by Philox: more pictures of a set begin with the same ones. The same
seed and the same Pillow give the same bits; another Pillow may draw a glyph's edge differently.

What SVHN is: Netzer et al., "Reading Digits in Natural Images with Unsupervised Feature Learning", 2011.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from alicuda import philox
from alicuda.data.pictures import Pictures
from alicuda.errors import InputError

STREAM = 0x4449_4749  # "DIGI"; its step is 0 for the training set and 1 for the test set
SIZE = 32
FINE = 2 * SIZE  # glyphs are drawn at twice the size: the blur that follows shrinks them without jagged edges
GLYPH = 44  # height of a digit before it is warped
CANVAS = (160, 96)  # width, height: room for a digit and one neighbour on either side
BATCH = 256
SCALARS = 48  # how many uniforms, and again how many normals, one picture may draw
FIELD = 8  # stains and uneven paint are an 8 x 8 field of normals, smoothly enlarged
WORDS = 2 * SCALARS + SIZE * SIZE + 2 * FIELD * FIELD  # per picture

# Those of matplotlib's own fonts that hold plain digits. House numbers are mostly bold and sans serif: repeated, so
# that they come up more often.
FONTS = (
    *("DejaVuSans-Bold.ttf",) * 4,
    *("DejaVuSans.ttf",) * 3,
    *("cmss10.ttf",) * 3,
    *("DejaVuSansMono-Bold.ttf",) * 2,
    *("STIXGeneralBol.ttf",) * 2,
    "DejaVuSansMono.ttf",
    "DejaVuSans-BoldOblique.ttf",
    "DejaVuSerif-Bold.ttf",
    "DejaVuSerif.ttf",
    "STIXGeneral.ttf",
    "STIXGeneralItalic.ttf",
    "cmb10.ttf",
    "cmr10.ttf",
    "cmtt10.ttf",
)
# How often each digit occurs in SVHN's 73,257 training pictures: a classifier that always says 1 is as right as there.
FREQUENCY = np.array([4948, 13861, 10585, 8497, 7458, 6882, 5727, 5595, 5045, 4659]) / 73257
BLUE_MINUS_RED = np.array([-1.0, -0.05, 1.05])  # the axis along which SVHN's colours differ most
GREEN = np.array([-0.5, 1.0, -0.5])


def load(seed: int = 0, train: int = 10000, test: int = 1000) -> Pictures:
    """`train` and `test` digits of 32 x 32 pixels, (N, 32, 32, 3) uint8 with labels 0 to 9, all from `seed`.

    Raises InputError where a set would be empty or matplotlib's fonts are missing.
    """
    if train < 1 or test < 1:
        raise InputError(f"synthetic digits: need at least one training and one test picture, got {train} and {test}")
    train_pixels, train_labels = _draw_set(seed, 0, train)
    test_pixels, test_labels = _draw_set(seed, 1, test)
    note = f"synthetic SVHN-like digits, not SVHN: {train:,} training and {test:,} test pictures drawn from seed {seed}"
    licence = "Drawn by alicuda with the fonts that come with matplotlib (DejaVu, STIX, BaKoMa); free to use."
    return Pictures("synthetic", train_pixels, test_pixels, train_labels, test_labels, note, licence)


def _draw_set(seed: int, which: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    pixels, labels = np.empty((count, SIZE, SIZE, 3), np.uint8), np.empty(count, np.int64)
    for lo in range(0, count, BATCH):
        hi = min(lo + BATCH, count)
        pixels[lo:hi], labels[lo:hi] = _draw_batch(_Dice(seed, which, lo, hi))
    return pixels, labels


class _Dice:
    """Random numbers of pictures `lo` to `hi`. Each call takes the next column, so the order of calls is part of the
    definition of a picture. float64 throughout: a last bit that differs between two CPUs then never reaches a pixel."""

    def __init__(self, seed: int, which: int, lo: int, hi: int):
        self.count = hi - lo
        bits = philox.words(seed, STREAM, which, lo * WORDS, hi * WORDS).reshape(self.count, WORDS)
        self._uniforms = iter(philox.uniforms(bits[:, :SCALARS], np.float64).T)
        normals = philox.normals(np.ascontiguousarray(bits[:, SCALARS:]).reshape(-1), np.float64)
        normals = normals.reshape(self.count, WORDS - SCALARS)
        self._normals = iter(normals[:, :SCALARS].T)
        fields = normals[:, SCALARS:]
        self.noise = fields[:, : SIZE * SIZE].reshape(-1, SIZE, SIZE)
        self.stains = fields[:, SIZE * SIZE :].reshape(-1, 2, FIELD, FIELD)

    def uniform(self, lo: float = 0.0, hi: float = 1.0) -> np.ndarray:
        return lo + (hi - lo) * next(self._uniforms)

    def chance(self, p: float) -> np.ndarray:
        return next(self._uniforms) < p

    def normal(self, std: float = 1.0, mean: float = 0.0) -> np.ndarray:
        return mean + std * next(self._normals)

    def positive(self, median: float, spread: float) -> np.ndarray:
        """Log-normal: many near the median, a few several times as large, none below zero."""
        return median * np.exp(spread * next(self._normals))


def _draw_batch(dice: _Dice) -> tuple[np.ndarray, np.ndarray]:
    labels, masks = _shapes(dice)
    softness = np.clip(dice.positive(1.7, 0.5), 0.9, 4.0)  # blur, in pixels of the fine mask
    skew = np.exp(dice.normal(0.2))  # hands shake in one direction
    digit = _shrink(masks, softness * skew, softness / skew)
    # A wider, shifted copy of the digit serves as its shadow, its sharpening halo and the lens's coloured fringe.
    raised = dice.chance(0.3)
    shift = [np.where(raised, dice.normal(2.0), 0.0) for _ in range(2)]
    around = _shrink(masks, 1.6 * softness + 1.5, 1.6 * softness + 1.5, *shift)
    plate = _plate(dice, softness)

    # Brightness of the ground that the digit stands on, of the digit, and of what lies beyond the plate's edge.
    contrast = np.clip(dice.positive(86.0, 0.45), 34.0, 180.0)
    lighter = dice.chance(0.5)
    middle = np.clip(117.0 + dice.normal(40.0), 45.0, 215.0)
    ground = middle - np.where(lighter, 0.35, -0.35) * contrast
    ink = middle + np.where(lighter, 0.65, -0.65) * contrast
    beyond = middle + dice.normal(55.0)
    cast = dice.normal(7.0) * np.exp(dice.normal(0.55)) + 3.7
    green = dice.normal(3.2) * np.exp(dice.normal(0.4))
    tones = []
    for tone, spread in ((ground, 4.0), (ink, 10.0), (beyond, 11.0)):
        # Light things are a little yellower than dark things, which the blue sky fills.
        blue = cast + dice.normal(spread) - 0.09 * (tone - middle)
        tones.append(tone[:, None] + blue[:, None] * BLUE_MINUS_RED + green[:, None] * GREEN)
    ground_rgb, ink_rgb, beyond_rgb = (tone[:, None, None, :] for tone in tones)

    digit, around, plate = digit[..., None], around[..., None], plate[..., None]
    picture = ground_rgb + plate * (beyond_rgb - ground_rgb)
    picture += digit * (ink_rgb - picture)
    halo = np.where(dice.chance(0.5), dice.uniform(0.0, 0.5), 0.0) * (ink - ground)
    shadow = np.where(raised, -np.abs(dice.normal(30.0)), 0.0)
    picture += _column(halo) * (digit - around) + _column(shadow) * around * (1 - digit)
    fringe = np.where(dice.chance(0.4), dice.normal(14.0), 0.0)
    picture += _column(fringe) * (digit - around) * GREEN
    light, tint = _light(dice)
    picture += light[..., None] + tint[..., None] * BLUE_MINUS_RED
    picture += (_column(dice.positive(1.3, 0.5))[..., 0] * dice.noise)[..., None]
    return np.clip(np.rint(picture), 0, 255).astype(np.uint8), labels


def _column(values: np.ndarray) -> np.ndarray:
    return values[:, None, None, None]


# ---- shapes: what Pillow draws ----


@cache
def _glyph(font: str, digit: int) -> Image.Image:
    """A digit in white on black, GLYPH high. Cropped to its own ink sideways, so that gaps can be chosen freely."""
    import matplotlib  # here, not above: it is slow to import, and only its fonts are wanted

    path = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / font
    try:
        face = ImageFont.truetype(str(path), GLYPH)
        height = face.getbbox("0")[3] - face.getbbox("0")[1]
        face = ImageFont.truetype(str(path), round(GLYPH * GLYPH / height))  # digits, not capitals, GLYPH high
    except OSError as error:
        raise InputError(f"synthetic digits: cannot read the font {path} ({error}); reinstall matplotlib") from None
    left, top, right, bottom = face.getbbox(str(digit))
    image = Image.new("L", (int(right - left), int(bottom - top)), 0)
    ImageDraw.Draw(image).text((-left, -top), str(digit), font=face, fill=255)
    return image


def _shapes(dice: _Dice) -> tuple[np.ndarray, np.ndarray]:
    """Labels (B,) and coverage (B, FINE, FINE) in [0, 1] of the digit and its neighbours, warped."""
    edges = np.cumsum(FREQUENCY)[:-1]  # without the last, which rounding may leave below 1
    labels = np.searchsorted(edges, dice.uniform(), side="right")
    fonts = (dice.uniform() * len(FONTS)).astype(int)
    before = np.where(dice.chance(0.5), np.searchsorted(edges, dice.uniform(), side="right"), -1)
    after = np.where(dice.chance(0.55), np.searchsorted(edges, dice.uniform(), side="right"), -1)
    gaps = dice.uniform(2.0, 11.0)
    warps = _warps(dice)
    masks = np.empty((dice.count, FINE, FINE), np.uint8)
    for b in range(dice.count):
        font = FONTS[fonts[b]]
        canvas = Image.new("L", CANVAS, 0)
        centre = _glyph(font, int(labels[b]))
        left = (CANVAS[0] - centre.width) // 2
        top = (CANVAS[1] - GLYPH) // 2
        canvas.paste(centre, (left, top))
        gap = int(gaps[b])
        if before[b] >= 0:
            neighbour = _glyph(font, int(before[b]))
            canvas.paste(neighbour, (left - gap - neighbour.width, top))
        if after[b] >= 0:
            canvas.paste(_glyph(font, int(after[b])), (left + centre.width + gap, top))
        warped = canvas.transform((FINE, FINE), Image.Transform.PERSPECTIVE, warps[b], Image.Resampling.BILINEAR)
        masks[b] = np.asarray(warped)
    return labels.astype(np.int64), masks / 255.0


def _warps(dice: _Dice) -> np.ndarray:
    """Pillow's eight perspective coefficients, (B, 8): they lead from a pixel of the result back to the canvas."""
    angle, shear = dice.normal(0.07), dice.normal(0.10)
    tall = GLYPH / np.clip(dice.normal(3.2, 47.0), 38.0, 56.0)  # canvas pixels per result pixel: digits 19 to 28 high
    wide = tall / np.clip(dice.normal(0.13, 0.78), 0.5, 1.1)  # seen from the side, numbers are narrower
    cos, sin = np.cos(angle), np.sin(angle)
    a, b = wide * (cos + shear * sin), wide * (sin - shear * cos)
    d, e = -tall * sin, tall * cos
    g, h = dice.normal(0.0011), dice.normal(0.0008)
    # Centre to centre: u = cx + (a dx + b dy) / (1 + g dx + h dy) with dx = x - FINE / 2, written as Pillow wants it.
    half = FINE / 2
    cx, cy = CANVAS[0] / 2 + dice.normal(1.5), CANVAS[1] / 2 + dice.normal(1.5)
    scale = 1 - half * (g + h)
    top = [a + cx * g, b + cx * h, cx * scale - half * (a + b)]
    bottom = [d + cy * g, e + cy * h, cy * scale - half * (d + e)]
    return np.stack([*top, *bottom, g, h], axis=1) / scale[:, None]


# ---- blur, plate and light: one matrix product or one formula for the whole batch ----


def _shrink(masks: np.ndarray, sigma_y: np.ndarray, sigma_x: np.ndarray, shift_y=None, shift_x=None) -> np.ndarray:
    """(B, FINE, FINE) to (B, SIZE, SIZE): a Gaussian blur of its own for each picture, and every second pixel of it."""
    rows, columns = _blur(sigma_y, shift_y), _blur(sigma_x, shift_x)
    return rows @ masks @ columns.transpose(0, 2, 1)


def _blur(sigma: np.ndarray, shift: np.ndarray | None) -> np.ndarray:
    """Matrices (B, SIZE, FINE) whose rows are Gaussians; each row sums to 1, so edges do not darken."""
    centre = 2.0 * np.arange(SIZE)[:, None] + 0.5
    away = centre - np.arange(FINE) - (0.0 if shift is None else shift[:, None, None])
    weight = np.exp(-0.5 * (away / sigma[:, None, None]) ** 2)
    return weight / weight.sum(axis=2, keepdims=True)


def _plate(dice: _Dice, softness: np.ndarray) -> np.ndarray:
    """What lies beyond the plate, past its upright and its level edge: (B, SIZE, SIZE), 1 there and 0 on the plate."""
    y, x = np.mgrid[:SIZE, :SIZE] - (SIZE - 1) / 2
    beyond = np.zeros((dice.count, SIZE, SIZE))
    for chance, nearest, across, along in ((0.5, 9.0, x, y), (0.2, 12.5, y, x)):
        present, side = dice.chance(chance), np.where(dice.chance(0.5), 1.0, -1.0)
        slope, distance = dice.normal(0.08), dice.uniform(nearest, 16.0)
        past = side[:, None, None] * (across + slope[:, None, None] * along) - distance[:, None, None]
        soft = (0.3 * softness)[:, None, None]
        edge = present[:, None, None] / (1 + np.exp(np.clip(-past / soft, -50, 50)))
        beyond = np.maximum(beyond, edge)
    return beyond


def _light(dice: _Dice) -> tuple[np.ndarray, np.ndarray]:
    """What uneven light and stains add to brightness and to blue against red, each (B, SIZE, SIZE)."""
    place = np.linspace(-1, 1, SIZE)
    down, right = dice.normal(6.0)[:, None, None], dice.normal(10.0)[:, None, None]
    knots = np.linspace(-1.1, 1.1, FIELD)
    spread = np.exp(-0.5 * ((place[:, None] - knots) / 0.28) ** 2)
    spread /= np.sqrt((spread**2).sum(axis=1, keepdims=True))  # unit variance everywhere
    bright, blue = (spread @ dice.stains[:, k] @ spread.T for k in range(2))
    rough = dice.positive(4.0, 0.6)[:, None, None]
    return down * place[:, None] + right * place + rough * bright, 0.3 * rough * blue
