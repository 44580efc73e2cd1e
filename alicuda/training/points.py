"""A look at a model of points in the plane: how many modes its samples cover, and where everything lies.

Inference mode, as for pictures; none of it touches the training state. Source of the plot: the official code's script.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from alicuda import files, philox
from alicuda.data.mixture import Mixture, count_modes, nearest
from alicuda.models.ali import ALI
from alicuda.philox import Rng
from alicuda.tensor import no_grad
from alicuda.training.health import softplus
from alicuda.training.pictures import draw_codes

SHOWN = 2500  # points in a plot, and samples whose modes are counted
BATCH = 500
CODES_SEED = 2333  # PacGAN's own, of its fixed set of codes


class Cloud(NamedTuple):
    """What a model makes of codes and of data, (N, 2) each; `encoded` and `decoded` are None where nothing encodes."""

    codes: np.ndarray  # z ~ N(0, I), the same ones at every look
    samples: np.ndarray  # G1(z)
    data: np.ndarray
    encoded: np.ndarray | None  # a sample of q(z|x) each
    decoded: np.ndarray | None  # G1 of that


def cloud(model: ALI, data: np.ndarray, seed: int, n: int = SHOWN) -> Cloud:
    """n samples, and the first n points of `data` with their codes and reconstructions."""
    codes, points = draw_codes(model, n, seed), data[:n]
    rng = Rng(seed, philox.EVALUATION)
    with no_grad():
        samples = _in_batches(lambda z: model.g1(z).numpy(), codes)
        if not model.encodes:
            return Cloud(codes, samples, points, None, None)
        encoded = _in_batches(lambda x: model.infer(x, rng).numpy(), points)
        return Cloud(codes, samples, points, encoded, _in_batches(lambda z: model.g1(z).numpy(), encoded))


def evaluate(model: ALI, seen: Cloud, centres: np.ndarray) -> dict[str, float]:
    """The health figures: loss_d, loss_g, d_real, d_fake as for pictures; modes, high_quality and reverse_kl of the
    samples (`data.mixture.Modes`); of a model with an encoder also mse, of reconstructions against their points, and
    own_mode, the share of them whose nearest centre is their point's."""
    with no_grad():
        real = model.d(seen.data, seen.encoded).numpy().astype(np.float64)
        fake = model.d(seen.samples, seen.codes).numpy().astype(np.float64)
    modes = count_modes(seen.samples, centres)
    figures = {
        "loss_d": float(np.mean(softplus(-real)) + np.mean(softplus(fake))),
        "loss_g": float(np.mean(softplus(real)) + np.mean(softplus(-fake))),
        "d_real": float(np.mean(np.exp(-softplus(-real)))),
        "d_fake": float(np.mean(np.exp(-softplus(-fake)))),
        **modes._asdict(),
    }
    if seen.decoded is not None:
        figures["mse"] = float(np.mean((seen.data.astype(np.float64) - seen.decoded) ** 2))
        figures["own_mode"] = float(np.mean(nearest(seen.data, centres)[0] == nearest(seen.decoded, centres)[0]))
    return figures


def figure(seen: Cloud, centres: np.ndarray, title: str) -> Any:
    """Above data, samples and reconstructions; below the codes that samples came from, and those that data got.

    A point has the colour of a component: a datum, its code and its reconstruction that of the datum; a sample and
    its code that of the sample's nearest centre."""
    from matplotlib.figure import Figure

    data_colours = _colours(nearest(seen.data, centres)[0], len(centres))
    sample_colours = _colours(nearest(seen.samples, centres)[0], len(centres))
    columns = [[("data x", seen.data, data_colours)], [("samples G1(z)", seen.samples, sample_colours)]]
    columns[1].append(("codes z ~ N(0, I)", seen.codes, sample_colours))
    if seen.encoded is not None and seen.decoded is not None:
        columns.append([("reconstructions G1(G2(x))", seen.decoded, data_colours)])
        columns[2].append(("codes of data, z ~ q(z|x)", seen.encoded, data_colours))
    sheet = Figure(figsize=(3.1 * len(columns), 6.6), layout="constrained")
    grid = sheet.subplots(2, len(columns), squeeze=False)
    far = np.abs(centres).max() + 2
    for c, column in enumerate(columns):
        for r in range(2):
            axes = grid[r, c]
            if r >= len(column):
                axes.set_axis_off()
                continue
            name, points, colours = column[r]
            limit = 4 if r else far
            axes.scatter(points[:, 0], points[:, 1], s=2, c=colours, linewidths=0, rasterized=True)
            axes.set(title=name, xlim=(-limit, limit), ylim=(-limit, limit), aspect="equal")
            axes.set_xlabel("first number" if r else "x")
            axes.set_ylabel("second number" if r else "y")
    sheet.suptitle(title)
    return sheet


def curves(metrics: list[dict[str, Any]], path: Path, title: str, modes: int) -> None:
    """Losses, D's opinions, modes covered and high-quality samples against the step."""
    from matplotlib.figure import Figure

    train = [m for m in metrics if m["kind"] == "train"]
    health = [m for m in metrics if m["kind"] == "health"]
    sheet = Figure(figsize=(10, 7), layout="constrained")
    (losses, opinions), (covered, quality) = sheet.subplots(2, 2)
    for axes, key, label in ((losses, "loss_d", "D"), (losses, "loss_g", "G"),
                             (opinions, "d_real", "data"), (opinions, "d_fake", "samples")):  # fmt: skip
        axes.plot([m["step"] for m in train], [m[key] for m in train], label=label, linewidth=0.8)
    losses.axhline(2 * np.log(2), color="grey", linestyle=":", label="balance, 1.386")
    losses.set(title="loss, training batches", ylabel="nats")
    opinions.set(title="D's chance that it is of data", ylim=(0, 1), ylabel="probability")
    steps = [m["step"] for m in health]
    covered.plot(steps, [m["modes"] for m in health], marker="o", label=f"of {SHOWN:,} samples")
    covered.axhline(modes, color="grey", linestyle=":", label="all")
    covered.set(title="modes covered", xlabel="step", ylabel="modes", ylim=(0, modes * 1.05))
    quality.plot(steps, [100 * m["high_quality"] for m in health], marker="o", label="within 3 standard deviations")
    quality.axhline(98.9, color="grey", linestyle=":", label="of the data itself, 98.9")
    quality.set(title="samples of high quality", xlabel="step", ylabel="percent", ylim=(0, 105))
    for axes in (losses, opinions, covered, quality):
        axes.legend(fontsize="small")
        axes.grid(alpha=0.3)
    sheet.suptitle(title)
    save(sheet, path)


def save(sheet: Any, path: Path) -> None:
    """Write a figure as PNG, whole or not at all."""
    files.make_directory(path.parent)
    files.write_whole(path, lambda temporary: sheet.savefig(temporary, format="png", dpi=100))


def seen_by(model: ALI, data: Mixture, n: int = SHOWN) -> Cloud:
    """What PacGAN's protocol looks at: samples of one fixed set of codes, the same for every run and at every step; and
    beside them the first test points, encoded and decoded."""
    return cloud(model, data.test, CODES_SEED, n)


def _colours(numbers: np.ndarray, count: int) -> np.ndarray:
    """Colours (N, 4) of components, neighbours far apart on the wheel."""
    from matplotlib import colormaps

    return colormaps["hsv"]((numbers * 7 % count) / count * 0.92) * [0.85, 0.85, 0.85, 1]


def _in_batches(function: Any, rows: np.ndarray) -> np.ndarray:
    return np.concatenate([function(rows[i : i + BATCH]) for i in range(0, len(rows), BATCH)])
