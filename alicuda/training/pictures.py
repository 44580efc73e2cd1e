"""Pictures of a run: grids of samples and reconstructions, and the curves of its figures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from alicuda import files, philox
from alicuda.models.ali import ALI
from alicuda.philox import Rng
from alicuda.tensor import no_grad

CELL = 64  # pixels a picture is shown at, at least
GAP = 4
CAPTION = 22
GRID = 8


def to_bytes(x: np.ndarray) -> np.ndarray:
    """Pixels in [0, 1] as uint8, rounded."""
    return (np.clip(x, 0, 1) * 255 + 0.5).astype(np.uint8)


def grid(rows: Sequence[Sequence[np.ndarray]], caption: str, gap_after: Sequence[int] = ()) -> Image.Image:
    """A picture of pictures (H,W,3) uint8 in rows, with a caption; a wider gap after the columns in `gap_after`."""
    H, W = rows[0][0].shape[:2]
    scale = max(1, -(-CELL // H))
    columns = max(len(row) for row in rows)
    lefts = [c * (W * scale + GAP) + 2 * GAP * sum(c > g for g in gap_after) + GAP for c in range(columns)]
    width, height = lefts[-1] + W * scale + GAP, len(rows) * (H * scale + GAP) + GAP + CAPTION
    font = ImageFont.load_default(size=14)
    width = max(width, int(font.getlength(caption)) + 2 * GAP)
    sheet = Image.new("RGB", (width, height), "white")
    ImageDraw.Draw(sheet).text((GAP, 3), caption, fill="black", font=font)
    for r, row in enumerate(rows):
        for left, picture in zip(lefts, row, strict=False):
            cell = Image.fromarray(picture).resize((W * scale, H * scale), Image.Resampling.NEAREST)
            sheet.paste(cell, (left, CAPTION + r * (H * scale + GAP)))
    return sheet


def save(image: Image.Image, path: Path) -> None:
    """Write a PNG whole or not at all."""
    files.make_directory(path.parent)
    files.write_whole(path, lambda temporary: image.save(temporary, "PNG"))


def decode(model: ALI, z: np.ndarray) -> np.ndarray:
    """G1(z) as uint8 pictures, a hundred at a time."""
    with no_grad():
        return np.concatenate([to_bytes(model.g1(z[i : i + 100]).numpy()) for i in range(0, len(z), 100)])


def encode(model: ALI, pictures: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(mu, log_sigma) of uint8 pictures, a hundred at a time."""
    x = pictures.astype(np.float32) / 255
    with no_grad():
        parts = [[t.numpy() for t in model.g2(x[i : i + 100])] for i in range(0, len(x), 100)]
    mu, log_sigma = (np.concatenate(part) for part in zip(*parts, strict=True))
    return mu, log_sigma


def draw_codes(model: ALI, n: int, seed: int) -> np.ndarray:
    """n codes z ~ N(0, I) of a stream of their own; the first n of any larger draw."""
    draw = Rng(seed, philox.PICTURES).draw()
    return model.backend.to_numpy(model.backend.normal((n, model.options.code), draw, np.float32))


def sample_grid(model: ALI, n: int, seed: int, caption: str) -> Image.Image:
    pictures = decode(model, draw_codes(model, n, seed))
    columns = int(np.ceil(np.sqrt(n)))
    return grid([list(pictures[i : i + columns]) for i in range(0, n, columns)], caption)


def reconstruction_grid(model: ALI, pictures: np.ndarray, caption: str, pairs_a_row: int = GRID // 2) -> Image.Image:
    """Each picture beside G1(mu) of it."""
    decoded = decode(model, encode(model, pictures)[0])
    cells = [picture for pair in zip(pictures, decoded, strict=True) for picture in pair]
    columns = 2 * min(pairs_a_row, len(pictures))
    rows = [cells[i : i + columns] for i in range(0, len(cells), columns)]
    return grid(rows, caption, gap_after=range(1, columns - 1, 2))


def curves(metrics: Sequence[dict[str, Any]], path: Path, title: str) -> None:
    """Losses, D's opinions, what the reconstructions know, and how varied the samples are, against the step."""
    from matplotlib.figure import Figure

    train = [m for m in metrics if m["kind"] == "train"]
    health = [m for m in metrics if m["kind"] == "health"]

    def line(axes: Any, rows: Sequence[dict[str, Any]], key: str, label: str, **style: Any) -> None:
        axes.plot([m["step"] for m in rows], [m[key] for m in rows], label=label, **style)

    figure = Figure(figsize=(10, 7), layout="constrained")
    (losses, opinions), (knows, varied) = figure.subplots(2, 2)
    line(losses, train, "loss_d", "D", linewidth=0.8)
    line(losses, train, "loss_g", "G", linewidth=0.8)
    losses.axhline(2 * np.log(2), color="grey", linestyle=":", label="balance, 1.386")
    losses.set(title="loss, training batches", ylabel="nats")
    line(opinions, train, "d_real", "(x, G2(x))", linewidth=0.8)
    line(opinions, train, "d_fake", "(G1(z), z)", linewidth=0.8)
    opinions.set(title="D's chance that a pair is of data", ylim=(0, 1), ylabel="probability")
    if "pair_ratio" in health[0]:
        line(knows, health, "pair_ratio", "pair_ratio", marker="o")
        line(knows, health, "contrast_ratio", "contrast_ratio (structure only)", marker="o")
        knows.axhline(1, color="grey", linestyle=":", label="knows nothing of its picture")
        knows.set(title="reconstruction error, own picture / others", xlabel="step", ylabel="ratio")
    else:
        knows.set_axis_off()  # a GAN reconstructs nothing
    line(varied, health, "sample_std", "64 samples", marker="o")
    line(varied, health, "data_std", "data", color="grey", linestyle=":")
    varied.set(title="variety: standard deviation of a pixel", xlabel="step", ylabel="of 1 = white")
    varied.set_ylim(bottom=0)
    for axes in (losses, opinions, knows, varied):
        if not axes.axison:
            continue
        axes.legend(fontsize="small")
        axes.grid(alpha=0.3)
    figure.suptitle(title)
    files.make_directory(path.parent)
    files.write_whole(path, lambda temporary: figure.savefig(temporary, format="png", dpi=100))
